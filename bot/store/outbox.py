"""Messages to send: written in the transaction that decided them, sent afterwards, marked with the outcome."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.sqlite import insert

from bot.domain.conversation import ConversationKey
from bot.store import jobs
from bot.store.store import Transaction
from bot.store.tables import conversations, outbox

WAITING, SENT, PARKED = "waiting", "sent", "parked"

# An identical text to the same receiver inside this window is a deliberate one: the channel's own
# duplicate check must then be off, or it would swallow it.
DUPLICATE_WINDOW = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One message to send. `deliberate`: the same text was sent to the same person a moment ago.

    Until `guarded_until` the channel's duplicate check is sure to know an earlier attempt.
    """

    id: int
    key: str
    conversation_id: int
    conversation: ConversationKey
    kind: str
    body: dict[str, Any]
    state: str
    repeats: int
    deliberate: bool
    guarded_until: datetime


def put(tx: Transaction, conversation_id: int, kind: str, body: dict[str, Any], now: datetime) -> int:
    """Queue a message and the job that sends it; messages of one conversation go out in order."""
    canonical = json.dumps([kind, body], ensure_ascii=False, sort_keys=True)
    row = tx.execute(
        insert(outbox)
        .values(
            conversation_id=conversation_id,
            key=uuid.uuid4().hex,
            kind=kind,
            body=body,
            digest=hashlib.sha256(canonical.encode()).hexdigest(),
            state=WAITING,
            repeats=0,
            queued_at=now,
        )
        .returning(outbox.c.id)
    ).one()
    lane = f"send:{conversation_id}"
    jobs.enqueue(tx, lane=lane, kind="send", subject_id=row.id, position=f"{row.id:020d}", now=now)
    letter_id: int = row.id
    return letter_id


def get(tx: Transaction, letter_id: int) -> Letter:
    """Return one message to send."""
    row = tx.execute(
        select(outbox, conversations.c.channel, conversations.c.account, conversations.c.party)
        .join(conversations, conversations.c.id == outbox.c.conversation_id)
        .where(outbox.c.id == letter_id)
    ).one()
    twin = tx.execute(
        select(outbox.c.id)
        .where(
            outbox.c.conversation_id == row.conversation_id,
            outbox.c.digest == row.digest,
            outbox.c.id < row.id,
            outbox.c.queued_at >= row.queued_at - DUPLICATE_WINDOW,
        )
        .limit(1)
    ).first()
    return Letter(
        id=row.id,
        key=row.key,
        conversation_id=row.conversation_id,
        conversation=ConversationKey(channel=row.channel, account=row.account, party=row.party),
        kind=row.kind,
        body=row.body,
        state=row.state,
        repeats=row.repeats,
        deliberate=twin is not None,
        guarded_until=row.queued_at if twin else row.queued_at + DUPLICATE_WINDOW,
    )


def mark_repeat(tx: Transaction, letter_id: int) -> None:
    """Note that an attempt had no answer and another one is made: the receiver may see it twice."""
    tx.execute(update(outbox).where(outbox.c.id == letter_id).values(repeats=outbox.c.repeats + 1))


def mark_sent(
    tx: Transaction, letter_id: int, channel_id: str | None, response_code: str | None, now: datetime
) -> None:
    """Record that the channel took it."""
    tx.execute(
        update(outbox)
        .where(outbox.c.id == letter_id)
        .values(state=SENT, channel_id=channel_id, response_code=response_code, sent_at=now)
    )


def mark_parked(tx: Transaction, letter_id: int) -> None:
    """Record that it was given up."""
    tx.execute(update(outbox).where(outbox.c.id == letter_id).values(state=PARKED))


def totals(tx: Transaction) -> dict[str, int]:
    """Messages by state, and how many may have arrived twice."""
    rows = tx.execute(select(outbox.c.state, outbox.c.repeats)).all()
    states = {state: sum(row.state == state for row in rows) for state in (WAITING, SENT, PARKED)}
    return states | {"maybe_twice": sum(row.repeats > 0 for row in rows)}
