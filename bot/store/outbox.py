"""Messages to send: written in the transaction that decided them, sent afterwards, marked with the outcome."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from bot.domain.conversation import ConversationKey
from bot.store import jobs
from bot.store.store import Transaction
from bot.store.tables import conversations, messages, outbox

WAITING, SENT, PARKED, DROPPED = "waiting", "sent", "parked", "dropped"
OVER = {SENT, DROPPED}

# An identical text that went to the same receiver inside this window makes the next a deliberate one: the
# channel's own duplicate check must then be off, or it would swallow it.
DUPLICATE_WINDOW = timedelta(minutes=10)
LATEST_ARRIVAL = timedelta(minutes=1)
"""An attempt may arrive so long after it began, and the channel counts from the arrival."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One message to send. `deliberate`: the same text may have reached the same person a moment ago.

    Until `guarded_until` the channel's duplicate check is sure to know every attempt that may have
    arrived; None: none was made yet.
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
    guarded_until: datetime | None


def put(
    tx: Transaction,
    conversation_id: int,
    kind: str,
    body: dict[str, Any],
    now: datetime,
    quoted: int | None = None,
) -> int:
    """Queue a message and the job that sends it; messages of one conversation go out in order.

    `quoted` is the id of the customer's message that it was made from: when that goes, so does this.
    """
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
            message_id=quoted,
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
    return Letter(
        id=row.id,
        key=row.key,
        conversation_id=row.conversation_id,
        conversation=ConversationKey(channel=row.channel, account=row.account, party=row.party),
        kind=row.kind,
        body=row.body,
        state=row.state,
        repeats=row.repeats,
        deliberate=_has_twin(tx, row),
        guarded_until=row.guarded_until,
    )


def _has_twin(tx: Transaction, row: Row[Any]) -> bool:
    """Tell whether an identical message may have arrived shortly before this one was last tried."""
    tried_at = row.tried_at or row.queued_at
    may_have_arrived = or_(outbox.c.state == SENT, outbox.c.repeats > 0)
    twin = tx.execute(
        select(outbox.c.id)
        .where(
            outbox.c.conversation_id == row.conversation_id,
            outbox.c.digest == row.digest,
            outbox.c.id != row.id,
            outbox.c.tried_at.between(tried_at - DUPLICATE_WINDOW - LATEST_ARRIVAL, tried_at),
            may_have_arrived,
        )
        .limit(1)
    ).first()
    return twin is not None


def begin(tx: Transaction, letter_id: int, now: datetime) -> Letter:
    """Note that an attempt is made now, before it is made; return the message as it is to be sent.

    One that is over by now (`OVER`) is only returned: no attempt may follow.
    """
    tx.execute(
        update(outbox).where(outbox.c.id == letter_id, outbox.c.state.not_in(OVER)).values(tried_at=now)
    )
    letter = get(tx, letter_id)
    if letter.state in OVER:
        return letter
    if letter.repeats > 0 and letter.guarded_until is not None:
        return letter
    # No earlier attempt can have arrived: the channel's check begins with this one.
    guarded_until = now if letter.deliberate else now + DUPLICATE_WINDOW
    tx.execute(update(outbox).where(outbox.c.id == letter_id).values(guarded_until=guarded_until))
    return replace(letter, guarded_until=guarded_until)


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
    """Record that it was given up, unless it was dropped meanwhile."""
    tx.execute(update(outbox).where(outbox.c.id == letter_id, outbox.c.state != DROPPED).values(state=PARKED))


def forget_message(tx: Transaction, message_id: int) -> None:
    """Drop what was made from one message and has not gone out; its words go too."""
    _drop(tx, outbox.c.message_id == message_id)


def erase(tx: Transaction, conversation_id: int) -> None:
    """Drop what was made from any message of a customer's conversation and has not gone out."""
    quoted = select(messages.c.id).where(messages.c.conversation_id == conversation_id)
    _drop(tx, outbox.c.message_id.in_(quoted))


def _drop(tx: Transaction, which: ColumnElement[bool]) -> None:
    tx.execute(update(outbox).where(which, outbox.c.state != SENT).values(state=DROPPED, body={}))


def tried_since(tx: Transaction, channel: str, account: str, since: datetime) -> list[tuple[str, datetime]]:
    """Return receiver and time of every attempt since then, in order of time.

    Of several attempts at one message the time of the last stands for all.
    """
    rows = tx.execute(
        select(conversations.c.party, outbox.c.tried_at, outbox.c.repeats)
        .join(conversations, conversations.c.id == outbox.c.conversation_id)
        .where(
            conversations.c.channel == channel,
            conversations.c.account == account,
            outbox.c.tried_at >= since,
        )
        .order_by(outbox.c.tried_at)
    )
    return [(row.party, row.tried_at) for row in rows for _ in range(1 + row.repeats)]


def totals(tx: Transaction) -> dict[str, int]:
    """Messages by state, and how many may have arrived twice."""
    rows = tx.execute(select(outbox.c.state, outbox.c.repeats)).all()
    states = {state: sum(row.state == state for row in rows) for state in (WAITING, SENT, PARKED, DROPPED)}
    return states | {"maybe_twice": sum(row.repeats > 0 for row in rows)}
