"""Suggestions and what became of them: offered, used (how far edited), dismissed, withdrawn."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.sqlite import insert

from bot.domain.suggestion import Outcome, Passage, Suggestion, SuggestionState
from bot.store import conversations
from bot.store.store import Transaction
from bot.store.tables import conversations as table
from bot.store.tables import suggestions


@dataclass(frozen=True, kw_only=True)
class StoredSuggestion:
    """A suggestion with its id and state."""

    id: int
    conversation_id: int
    message_id: int
    objection: str
    passages: tuple[Passage, ...]
    ask: str
    ask_reason: str
    state: SuggestionState
    offered_at: datetime


def offer(tx: Transaction, conversation_id: int, suggestion: Suggestion, now: datetime) -> int:
    """Put a suggestion on the table; earlier open ones are withdrawn by it."""
    withdraw_open(tx, conversation_id, now)
    row = tx.execute(
        insert(suggestions)
        .values(
            conversation_id=conversation_id,
            message_id=suggestion.message_id,
            objection=suggestion.objection,
            passages=[asdict(passage) for passage in suggestion.passages],
            ask=suggestion.ask,
            ask_reason=suggestion.ask_reason,
            state=SuggestionState.OFFERED.value,
            offered_at=now,
        )
        .returning(suggestions.c.id)
    ).one()
    suggestion_id: int = row.id
    return suggestion_id


def get(tx: Transaction, suggestion_id: int) -> StoredSuggestion | None:
    """Return one suggestion."""
    row = tx.execute(select(suggestions).where(suggestions.c.id == suggestion_id)).first()
    return None if row is None else _stored(row)


def open_one(tx: Transaction, conversation_id: int) -> StoredSuggestion | None:
    """Return what is on the table."""
    row = tx.execute(
        select(suggestions)
        .where(
            suggestions.c.conversation_id == conversation_id,
            suggestions.c.state == SuggestionState.OFFERED.value,
        )
        .order_by(suggestions.c.id.desc())
        .limit(1)
    ).first()
    return None if row is None else _stored(row)


def withdraw_open(tx: Transaction, conversation_id: int, now: datetime) -> None:
    """Take back what is on the table."""
    tx.execute(
        update(suggestions)
        .where(
            suggestions.c.conversation_id == conversation_id,
            suggestions.c.state == SuggestionState.OFFERED.value,
        )
        .values(state=SuggestionState.WITHDRAWN.value, acted_at=now)
    )


def close(tx: Transaction, suggestion: StoredSuggestion, outcome: Outcome, now: datetime) -> bool:
    """Record what the rep did with it, once; False when it was closed before."""
    done = tx.execute(
        update(suggestions)
        .where(suggestions.c.id == suggestion.id, suggestions.c.state == SuggestionState.OFFERED.value)
        .values(acted_at=now, **asdict(outcome))
    ).rowcount
    if done:
        conversations.touch(tx, suggestion.conversation_id)
    return bool(done)


def mark_told(tx: Transaction, suggestion_id: int) -> None:
    """Note that the rep got it as a bot message."""
    tx.execute(update(suggestions).where(suggestions.c.id == suggestion_id).values(told=True))


def told_since(tx: Transaction, rep_id: str, since: datetime) -> int:
    """How many suggestions this rep got as bot messages since then."""
    return (
        tx.execute(
            select(func.count())
            .select_from(suggestions.join(table, suggestions.c.conversation_id == table.c.id))
            .where(table.c.rep_id == rep_id, suggestions.c.told.is_(True), suggestions.c.offered_at >= since)
        ).scalar()
        or 0
    )


def _stored(row: Row[Any]) -> StoredSuggestion:
    return StoredSuggestion(
        id=row.id,
        conversation_id=row.conversation_id,
        message_id=row.message_id,
        objection=row.objection,
        passages=tuple(Passage(**passage) for passage in row.passages),
        ask=row.ask,
        ask_reason=row.ask_reason,
        state=SuggestionState(row.state),
        offered_at=row.offered_at,
    )
