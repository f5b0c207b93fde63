"""The customer picture's ledger as rows, one per entry; see `bot.domain.picture` for what they mean."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from bot.domain.picture import Change, Entry, Level, Picture, Status
from bot.domain.understanding import Evidence
from bot.store.store import Transaction
from bot.store.tables import facts

# `id` is the column `entry` (it counts within one picture) and `evidence` is three columns.
_PLAIN = [field.name for field in fields(Entry) if field.name not in {"id", "evidence"}]


def picture(tx: Transaction, conversation_id: int, multiple: frozenset[str]) -> Picture:
    """Return the picture of a conversation's customer."""
    rows = tx.execute(select(facts).where(facts.c.conversation_id == conversation_id).order_by(facts.c.entry))
    return Picture(entries=tuple(_entry(row) for row in rows), multiple=multiple)


def save(tx: Transaction, conversation_id: int, entries: Iterable[Entry]) -> None:
    """Store entries that are new or different now."""
    for entry in entries:
        values = _values(entry)
        tx.execute(
            insert(facts)
            .values(conversation_id=conversation_id, entry=entry.id, **values)
            .on_conflict_do_update(index_elements=["conversation_id", "entry"], set_=values)
        )


def blank(tx: Transaction, message_id: int) -> None:
    """Remove the words that came from one message; the ledger keeps only that something was there."""
    tx.execute(
        update(facts)
        .where(facts.c.message_id == message_id)
        .values(value="", quote=None, start=None, end=None, number=None, date=None, role=None, stance=None)
    )


def erase(tx: Transaction, conversation_id: int) -> None:
    """Delete the whole picture."""
    tx.execute(delete(facts).where(facts.c.conversation_id == conversation_id))


def _values(entry: Entry) -> dict[str, Any]:
    values = {name: getattr(entry, name) for name in _PLAIN}
    evidence = entry.evidence
    return values | {
        "quote": evidence.text if evidence else None,
        "start": evidence.start if evidence else None,
        "end": evidence.end if evidence else None,
    }


def _entry(row: Row[Any]) -> Entry:
    values = {name: getattr(row, name) for name in _PLAIN}
    values |= {"change": Change(row.change), "level": Level(row.level), "status": Status(row.status)}
    evidence = None if row.quote is None else Evidence(text=row.quote, start=row.start, end=row.end)
    return Entry(id=row.entry, evidence=evidence, **values)
