"""Messages: stored once by their key, read in WeCom's order, recalled with all that was derived."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.sqlite import insert

from bot.domain.conversation import IncomingMessage, Message, MessageKind, Speaker
from bot.store import conversations
from bot.store.store import Transaction
from bot.store.tables import messages

UNREAD_NO_CONSENT = "unread: no consent"

_SAVE = insert(messages).on_conflict_do_nothing().returning(messages.c.id)


def save(tx: Transaction, conversation_id: int, incoming: IncomingMessage) -> int | None:
    """Store a message; None when this key was stored before."""
    row = tx.execute(
        _SAVE,
        {
            "conversation_id": conversation_id,
            "key": incoming.key,
            "sort_key": incoming.sort_key,
            "kind": incoming.kind.value,
            "speaker": incoming.speaker.value,
            "text": incoming.text,
            "media_id": incoming.media_id,
            "said_at": incoming.said_at,
        },
    ).first()
    if row is None:
        return None
    conversations.touch(tx, conversation_id)
    message_id: int = row.id
    return message_id


def get(tx: Transaction, message_id: int) -> Message:
    """Return one message."""
    row = tx.execute(select(messages).where(messages.c.id == message_id)).one()
    return _message(row)


def is_recalled(tx: Transaction, message_id: int) -> bool:
    """Whether it was taken back."""
    return tx.execute(select(messages.c.recalled_at).where(messages.c.id == message_id)).scalar() is not None


def before(tx: Transaction, message_id: int, limit: int) -> list[Message]:
    """The latest `limit` messages of the conversation before this one, oldest first.

    Left out are recalled ones, and what the customer wrote without consent: agreeing does not reach back.
    """
    here = tx.execute(
        select(messages.c.conversation_id, messages.c.sort_key).where(messages.c.id == message_id)
    ).one()
    rows = tx.execute(
        select(messages)
        .where(
            messages.c.conversation_id == here.conversation_id,
            messages.c.recalled_at.is_(None),
            messages.c.id != message_id,
            messages.c.sort_key <= here.sort_key,
            messages.c.understood_by.is_distinct_from(UNREAD_NO_CONSENT),
        )
        .order_by(messages.c.sort_key.desc(), messages.c.id.desc())
        .limit(limit)
    ).all()
    return [_message(row) for row in reversed(rows)]


def rep_spoke_after(tx: Transaction, message_id: int) -> bool:
    """Whether the rep has already answered: a suggestion would come too late."""
    here = tx.execute(
        select(messages.c.conversation_id, messages.c.sort_key, messages.c.id).where(
            messages.c.id == message_id
        )
    ).one()
    return (
        tx.execute(
            select(messages.c.id)
            .where(
                messages.c.conversation_id == here.conversation_id,
                messages.c.speaker == Speaker.REP.value,
                messages.c.recalled_at.is_(None),
                messages.c.sort_key > here.sort_key,
            )
            .limit(1)
        ).first()
        is not None
    )


def understood(tx: Transaction, message_id: int, version: str) -> None:
    """Note which model version read this message, or that consent kept it unread."""
    tx.execute(update(messages).where(messages.c.id == message_id).values(understood_by=version))


def recall(tx: Transaction, key: str, now: datetime) -> tuple[int, int] | None:
    """Blank a message that was taken back; returns (message id, conversation id) if it was there."""
    row = tx.execute(
        update(messages)
        .where(messages.c.key == key, messages.c.recalled_at.is_(None))
        .values(recalled_at=now, text="", media_id=None)
        .returning(messages.c.id, messages.c.conversation_id)
    ).first()
    if row is None:
        return None
    conversations.touch(tx, row.conversation_id)
    return row.id, row.conversation_id


def _message(row: Row[Any]) -> Message:
    return Message(
        id=row.id,
        conversation_id=row.conversation_id,
        kind=MessageKind(row.kind),
        speaker=Speaker(row.speaker),
        text=row.text,
        said_at=row.said_at,
    )
