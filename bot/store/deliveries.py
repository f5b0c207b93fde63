"""What arrived at a door, stored once by its key before it is acknowledged; and how far each was read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, select
from sqlalchemy.dialects.sqlite import insert

from bot.store import jobs
from bot.store.store import Transaction
from bot.store.tables import cursors, deliveries
from bot.store.tables import jobs as waiting

_SAVE = insert(deliveries).on_conflict_do_nothing().returning(deliveries.c.id)
_GET = select(deliveries).where(deliveries.c.id == bindparam("delivery_id"))
_NEWEST = (
    select(deliveries)
    .join(waiting, waiting.c.subject_id == deliveries.c.id)
    .where(waiting.c.lane == bindparam("of_lane"), waiting.c.finished_at.is_(None))
    .order_by(deliveries.c.id.desc())
    .limit(1)
)
_earlier = deliveries.alias("earlier")
# For each lane the index leads to its newest delivery, however many there are.
_LAST_KNOWN = (
    select(deliveries)
    .select_from(cursors)
    .join(
        deliveries,
        deliveries.c.id
        == select(func.max(_earlier.c.id))
        .where(_earlier.c.lane == cursors.c.lane)
        .correlate(cursors)
        .scalar_subquery(),
    )
    .where(cursors.c.lane.not_in(select(waiting.c.lane).where(waiting.c.finished_at.is_(None))))
)
_CURSOR = select(cursors.c.cursor).where(cursors.c.lane == bindparam("of_lane"))


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A stored delivery: `door` names the channel, `lane` the order in which it is read."""

    id: int
    door: str
    lane: str
    payload: dict[str, Any]


def save(
    tx: Transaction, *, door: str, key: str, lane: str, payload: dict[str, Any], received_at: datetime
) -> bool:
    """Store a delivery and the job that reads it; False when this key was stored before."""
    row = tx.execute(
        _SAVE, {"door": door, "key": key, "lane": lane, "payload": payload, "received_at": received_at}
    ).first()
    if row is None:
        return False
    jobs.enqueue(tx, lane=lane, kind="read", subject_id=row.id, position=f"{row.id:020d}", now=received_at)
    return True


def get(tx: Transaction, delivery_id: int) -> Delivery:
    """Return one delivery."""
    return _delivery(tx.execute(_GET, {"delivery_id": delivery_id}).one())


def newest_waiting(tx: Transaction, lane: str) -> Delivery | None:
    """Return the newest delivery of a lane that was not read yet."""
    row = tx.execute(_NEWEST, {"of_lane": lane}).first()
    return None if row is None else _delivery(row)


def read_through(tx: Transaction, newest: Delivery, now: datetime) -> None:
    """Note that all is read that this delivery, or an earlier one of its lane, announced."""
    jobs.finish_through(tx, newest.lane, newest.id, now)


def cursor(tx: Transaction, lane: str) -> str | None:
    """How far this lane was read; None when never."""
    return tx.execute(_CURSOR, {"of_lane": lane}).scalar()


def move_cursor(tx: Transaction, lane: str, to: str, now: datetime) -> None:
    """Remember how far this lane was read, in the transaction that stores what was read."""
    tx.execute(
        insert(cursors)
        .values(lane=lane, cursor=to, moved_at=now)
        .on_conflict_do_update(index_elements=["lane"], set_={"cursor": to, "moved_at": now})
    )


def announce_known(tx: Transaction, now: datetime) -> None:
    """Pretend a signal for every lane with a cursor; the last real one says what to read, without its token.

    A token lives ten minutes; without one the channel asks at the lower rate that is meant for this.
    A lane with a signal that waits needs no other, and would lose that one's token by it.
    """
    for row in tx.execute(_LAST_KNOWN).all():
        payload = {name: value for name, value in row.payload.items() if name != "token"}
        key = f"catch-up:{row.lane}:{now.isoformat()}"
        save(tx, door=row.door, key=key, lane=row.lane, payload=payload, received_at=now)


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(id=row.id, door=row.door, lane=row.lane, payload=row.payload)
