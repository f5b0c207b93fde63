"""What was understood of each message: objections with their words, and the ledger of needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select
from sqlalchemy.dialects.sqlite import insert

from bot.domain.needs import HeldNeed, NeedState
from bot.domain.understanding import Evidence, Objection, Understanding
from bot.store.store import Transaction
from bot.store.tables import messages, needs, objections, suggestions


@dataclass(frozen=True, kw_only=True)
class HeardObjections:
    """The latest customer message of a conversation that holds objections."""

    message_id: int
    text: str
    said_at: datetime
    objections: tuple[Objection, ...]


def save_objections(tx: Transaction, message_id: int, understanding: Understanding) -> None:
    """Store the objections of one message, each with the version that made it."""
    for one in understanding.objections:
        tx.execute(
            insert(objections).values(
                message_id=message_id,
                code=one.code,
                confidence=one.confidence,
                severity=one.severity,
                variant=one.kind,
                version=understanding.version,
                **_span(one.evidence),
            )
        )


def latest_heard(tx: Transaction, conversation_id: int) -> HeardObjections | None:
    """Return the newest message with objections, and those."""
    row = tx.execute(
        select(messages.c.id, messages.c.text, messages.c.said_at)
        .join(objections, objections.c.message_id == messages.c.id)
        .where(messages.c.conversation_id == conversation_id, messages.c.recalled_at.is_(None))
        .order_by(messages.c.sort_key.desc(), messages.c.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    found = tx.execute(
        select(objections).where(objections.c.message_id == row.id).order_by(objections.c.confidence.desc())
    )
    return HeardObjections(
        message_id=row.id,
        text=row.text,
        said_at=row.said_at,
        objections=tuple(
            Objection(
                code=one.code,
                confidence=one.confidence,
                evidence=_evidence(one),
                severity=one.severity,
                kind=one.variant,
            )
            for one in found
        ),
    )


def save_needs(tx: Transaction, conversation_id: int, held: Iterable[HeldNeed], version: str) -> None:
    """Append steps of the need ledger."""
    for need in held:
        tx.execute(
            insert(needs).values(
                conversation_id=conversation_id,
                message_id=need.message_id,
                code=need.code,
                state=need.state.value,
                confidence=need.confidence,
                version=version,
                at=need.said_at,
                **_span(need.evidence),
            )
        )


def needs_of(tx: Transaction, conversation_id: int) -> list[HeldNeed]:
    """Return every step of the ledger, oldest first."""
    rows = tx.execute(select(needs).where(needs.c.conversation_id == conversation_id).order_by(needs.c.id))
    return [
        HeldNeed(
            code=row.code,
            state=NeedState(row.state),
            confidence=row.confidence,
            message_id=row.message_id,
            said_at=row.at,
            evidence=_evidence(row),
        )
        for row in rows
    ]


def forget_message(tx: Transaction, message_id: int) -> None:
    """Delete what was derived from one message."""
    for table in (objections, needs, suggestions):
        tx.execute(delete(table).where(table.c.message_id == message_id))


def erase(tx: Transaction, conversation_id: int) -> None:
    """Delete what was derived in a whole conversation."""
    mine = select(messages.c.id).where(messages.c.conversation_id == conversation_id)
    for table in (objections, needs, suggestions):
        tx.execute(delete(table).where(table.c.message_id.in_(mine)))


def _span(evidence: Evidence) -> dict[str, Any]:
    return {"quote": evidence.text, "start": evidence.start, "end": evidence.end}


def _evidence(row: Row[Any]) -> Evidence:
    return Evidence(text=row.quote, start=row.start, end=row.end)
