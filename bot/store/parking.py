"""Parked work: given up for now, shown to the rep whose conversation it belongs to, and tried again at their wish."""

from __future__ import annotations

from datetime import datetime

from bot.domain.sidebar import ParkedView
from bot.store import conversations, jobs, outbox
from bot.store.jobs import Job
from bot.store.store import Transaction

_WHAT = {
    "understand": "一条消息没能读懂",
    "send": "一条消息没能发出",
    "read": "一批消息没能取到",
    "profile": "客户资料没能取到",
}
REASON_LIMIT = 200
SHOWN_LIMIT = 20


def lanes_of(conversation_id: int) -> list[str]:
    """Return the lanes that work for one conversation."""
    return [f"{kind}:{conversation_id}" for kind in ("conversation", "send", "profile")]


def park(tx: Transaction, job: Job, now: datetime, reason: str) -> None:
    """Give a job up where a person sees it."""
    jobs.park(tx, job.id, now, reason[:REASON_LIMIT])
    if job.kind == "send":
        outbox.mark_parked(tx, job.subject_id)
    conversation_id = conversation_of(job.lane)
    if conversation_id is not None:
        conversations.touch(tx, conversation_id)


def retry(tx: Transaction, job_id: int, now: datetime) -> bool:
    """Try a parked job again; False when it is not parked."""
    lane = jobs.revive(tx, job_id, now)
    if lane is None:
        return False
    conversation_id = conversation_of(lane)
    if conversation_id is not None:
        conversations.touch(tx, conversation_id)
    return True


def shown(tx: Transaction, conversation_ids: list[int]) -> tuple[ParkedView, ...]:
    """Return the newest parked work of these conversations as the sidebar shows it."""
    lanes = [lane for conversation_id in conversation_ids for lane in lanes_of(conversation_id)]
    return tuple(
        ParkedView(
            job_id=job.id, what=_WHAT.get(job.kind, job.kind), reason=job.reason, parked_at=job.parked_at
        )
        for job in jobs.parked(tx, lanes, limit=SHOWN_LIMIT)
    )


def conversation_of(lane: str) -> int | None:
    """Return the conversation that a lane works for; None for a lane that reads."""
    kind, _, number = lane.partition(":")
    return int(number) if kind in {"conversation", "send", "profile"} and number.isdigit() else None
