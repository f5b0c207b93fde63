"""What arrived at a door, stored once by its key before it is acknowledged; and how far each was read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from bot.store import jobs
from bot.store.store import Transaction
from bot.store.tables import cursors, deliveries


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
        insert(deliveries)
        .values(door=door, key=key, lane=lane, payload=payload, received_at=received_at)
        .on_conflict_do_nothing()
        .returning(deliveries.c.id)
    ).first()
    if row is None:
        return False
    jobs.enqueue(tx, lane=lane, kind="read", subject_id=row.id, position=f"{row.id:020d}", now=received_at)
    return True


def get(tx: Transaction, delivery_id: int) -> Delivery:
    """Return one delivery."""
    row = tx.execute(select(deliveries).where(deliveries.c.id == delivery_id)).one()
    return Delivery(id=row.id, door=row.door, lane=row.lane, payload=row.payload)


def cursor(tx: Transaction, lane: str) -> str | None:
    """How far this lane was read; None when never."""
    return tx.execute(select(cursors.c.cursor).where(cursors.c.lane == lane)).scalar()


def move_cursor(tx: Transaction, lane: str, to: str, now: datetime) -> None:
    """Remember how far this lane was read, in the transaction that stores what was read."""
    tx.execute(
        insert(cursors)
        .values(lane=lane, cursor=to, moved_at=now)
        .on_conflict_do_update(index_elements=["lane"], set_={"cursor": to, "moved_at": now})
    )
