"""Work to be done, as rows: taken, finished, put off or parked. Order within a lane is by `position`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, literal_column, select, update
from sqlalchemy.dialects.sqlite import insert

from bot.store.store import Transaction
from bot.store.tables import jobs

READY, DOING, DONE, PARKED = "ready", "doing", "done", "parked"
SUSPECT_ATTEMPTS = 2
SUSPECT_PAUSE = timedelta(seconds=1)

# Written out, because SQLite uses a partial index only when it can see that the condition fits.
_IS_PARKED = jobs.c.state == literal_column(f"'{PARKED}'")

_ENQUEUE = insert(jobs).on_conflict_do_nothing()
_HEAD = (
    select(jobs)
    .where(jobs.c.lane == bindparam("of_lane"), jobs.c.finished_at.is_(None))
    .order_by(jobs.c.position, jobs.c.id)
    .limit(1)
)
_LEASE = (
    update(jobs)
    .where(jobs.c.id == bindparam("job_id"))
    .values(state=DOING, attempts=bindparam("now_at"), leased_until=bindparam("until"))
)
_FINISH = (
    update(jobs)
    .where(jobs.c.id == bindparam("job_id"))
    .values(state=DONE, finished_at=bindparam("at"), leased_until=None)
)
# Two statements, because each has an index of its own; with the kind SQLite would take another one, which
# leads through all jobs that there ever were.
_FINISH_THROUGH = tuple(
    update(jobs)
    .where(
        left,
        jobs.c.lane == bindparam("of_lane"),
        jobs.c.subject_id <= bindparam("up_to"),
    )
    .values(state=DONE, finished_at=bindparam("at"), leased_until=None)
    for left in (jobs.c.finished_at.is_(None), _IS_PARKED)
)


@dataclass(frozen=True, kw_only=True)
class Job:
    """One piece of work. `attempts` counts this one; `cut_off`: an earlier attempt died without a word."""

    id: int
    lane: str
    kind: str
    subject_id: int
    attempts: int
    cut_off: bool
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class ParkedJob:
    """Work that waits for a person."""

    id: int
    lane: str
    kind: str
    subject_id: int
    reason: str
    parked_at: datetime


def enqueue(tx: Transaction, *, lane: str, kind: str, subject_id: int, position: str, now: datetime) -> None:
    """Queue one job per (kind, subject); a second call changes nothing."""
    tx.execute(
        _ENQUEUE,
        {
            "lane": lane,
            "kind": kind,
            "subject_id": subject_id,
            "position": position,
            "state": READY,
            "attempts": 0,
            "due_at": now,
            "created_at": now,
        },
    )
    tx.lanes.append(lane)


def take(
    tx: Transaction, lane: str, now: datetime, lease_seconds: float, held: int | None = None
) -> Job | None:
    """Lease the lane's next job; None when it is empty, not yet due, or leased to somebody else.

    The attempt is counted before the work starts: a message that kills the process is counted too.
    `held` is a job that the caller itself leased and could not bring to any end.
    """
    row = tx.execute(_HEAD, {"of_lane": lane}).first()
    if row is None or row.due_at > now:
        return None
    if row.state == DOING and row.leased_until > now and row.id != held:
        return None
    until = now + timedelta(seconds=lease_seconds)
    tx.execute(_LEASE, {"job_id": row.id, "now_at": row.attempts + 1, "until": until})
    return Job(
        id=row.id,
        lane=row.lane,
        kind=row.kind,
        subject_id=row.subject_id,
        attempts=row.attempts + 1,
        cut_off=row.state == DOING,
        created_at=row.created_at,
    )


def extend(tx: Transaction, job_id: int, until: datetime) -> None:
    """Keep the lease of a job that makes progress in several transactions."""
    tx.execute(update(jobs).where(jobs.c.id == job_id).values(leased_until=until))


def finish(tx: Transaction, job_id: int, now: datetime) -> None:
    """Mark done, in the transaction that holds the effects."""
    tx.execute(_FINISH, {"job_id": job_id, "at": now})


def finish_through(tx: Transaction, lane: str, subject_id: int, now: datetime) -> None:
    """Mark done what waits or is parked in a lane with one kind of jobs, up to this subject."""
    for statement in _FINISH_THROUGH:
        tx.execute(statement, {"of_lane": lane, "up_to": subject_id, "at": now})


def put_off(tx: Transaction, job_id: int, until: datetime, reason: str, *, cut_off: bool = False) -> None:
    """Try again at `until`; the lane waits with it, so that order is kept. `cut_off`: nobody knows how far it got."""
    tx.execute(
        update(jobs)
        .where(jobs.c.id == job_id)
        .values(state=DOING if cut_off else READY, due_at=until, leased_until=until, reason=reason)
    )


def park(tx: Transaction, job_id: int, now: datetime, reason: str) -> None:
    """Give up, visibly: the lane goes on with its next job."""
    tx.execute(
        update(jobs)
        .where(jobs.c.id == job_id)
        .values(state=PARKED, finished_at=now, leased_until=None, reason=reason)
    )


def revive(tx: Transaction, job_id: int, now: datetime) -> str | None:
    """Put a parked job back to work at a person's wish; return its lane."""
    row = tx.execute(
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.state == PARKED)
        .values(state=READY, attempts=0, due_at=now, finished_at=None, reason=None)
        .returning(jobs.c.lane)
    ).first()
    if row is None:
        return None
    tx.lanes.append(row.lane)
    lane: str = row.lane
    return lane


def release_leases(tx: Transaction, now: datetime) -> int:
    """Void the leases of a process that is gone; returns how many. Only its proven successor may call this.

    A job that went down with its process twice may be the reason. Such jobs come back one after the
    other, so that the guilty one does not use up the attempts of those that only ran beside it.
    """
    doing = tx.execute(select(jobs.c.id, jobs.c.attempts).where(jobs.c.state == DOING).order_by(jobs.c.id))
    rows = doing.all()
    suspects = [row.id for row in rows if row.attempts >= SUSPECT_ATTEMPTS]
    for row in rows:
        place = suspects.index(row.id) if row.id in suspects else 0
        until = now + place * SUSPECT_PAUSE
        tx.execute(update(jobs).where(jobs.c.id == row.id).values(leased_until=until))
    return len(rows)


def unfinished_lanes(tx: Transaction, now: datetime) -> list[str]:
    """Lanes whose next job is due; a due job behind one that waits does not count."""
    turn = func.row_number().over(partition_by=jobs.c.lane, order_by=(jobs.c.position, jobs.c.id))
    heads = (
        select(jobs.c.lane, jobs.c.due_at, turn.label("turn")).where(jobs.c.finished_at.is_(None)).subquery()
    )
    rows = tx.execute(select(heads.c.lane).where(heads.c.turn == 1, heads.c.due_at <= now))
    return [row.lane for row in rows]


def next_due(tx: Transaction, lane: str) -> datetime | None:
    """When the lane's next job can be taken; None for an empty lane."""
    row = tx.execute(_HEAD, {"of_lane": lane}).first()
    if row is None:
        return None
    # A successor voids leases, but not the pause of what had timed out.
    due: datetime = max(row.due_at, row.leased_until) if row.state == DOING else row.due_at
    return due


def lane_of(tx: Transaction, job_id: int) -> str | None:
    """Return the lane of a job; None for a job that is not there."""
    return tx.execute(select(jobs.c.lane).where(jobs.c.id == job_id)).scalar()


def parked(tx: Transaction, lanes: list[str] | None = None, *, limit: int | None = None) -> list[ParkedJob]:
    """Parked jobs of these lanes, or of all, the newest first; up to `limit`, or all."""
    chosen = select(jobs).where(_IS_PARKED)
    if lanes is not None:
        chosen = chosen.where(jobs.c.lane.in_(lanes))
    rows = tx.execute(chosen.order_by(jobs.c.finished_at.desc()).limit(limit))
    return [
        ParkedJob(
            id=row.id,
            lane=row.lane,
            kind=row.kind,
            subject_id=row.subject_id,
            reason=row.reason or "",
            parked_at=row.finished_at,
        )
        for row in rows
    ]


def counts(tx: Transaction) -> dict[str, int]:
    """Number of jobs by state. It counts all that there ever were: nothing to be asked often, or by anybody."""
    rows = tx.execute(select(jobs.c.state, func.count().label("number")).group_by(jobs.c.state))
    return {row.state: row.number for row in rows}
