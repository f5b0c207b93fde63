"""Conversations, who takes part in them, and whether the customer agreed to analysis."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects.sqlite import insert

from bot.domain.conversation import Consent, Conversation, ConversationKey, ConversationKind
from bot.domain.sidebar import ConversationLine, CustomerList
from bot.store.store import Transaction
from bot.store.tables import consents, conversations, messages

LIST_LIMIT = 50
STAND_IN = "客户"

_NEW = insert(conversations).on_conflict_do_nothing().returning(conversations.c.id)
_FIND = select(conversations.c.id, conversations.c.rep_id).where(
    conversations.c.channel == bindparam("in_channel"),
    conversations.c.account == bindparam("in_account"),
    conversations.c.party == bindparam("in_party"),
)
_TOUCH = (
    update(conversations)
    .where(conversations.c.id == bindparam("touched"))
    .values(version=conversations.c.version + 1)
)

_said = messages.alias("said")
# Asked for each conversation of one rep: the index leads to its newest message, however many there are.
_LAST = (
    select(_said.c.id)
    .where(_said.c.conversation_id == conversations.c.id, _said.c.recalled_at.is_(None))
    .order_by(_said.c.id.desc())
    .limit(1)
    .correlate(conversations)
    .scalar_subquery()
)
_LATEST = (
    select(conversations, messages.c.text, messages.c.said_at)
    .select_from(conversations.outerjoin(messages, messages.c.id == _LAST))
    .order_by(messages.c.said_at.desc(), conversations.c.id.desc())
)
_MINE = (
    conversations.c.rep_id == bindparam("of_rep"),
    conversations.c.kind == ConversationKind.CUSTOMER.value,
)
_SHOWN = (
    func.coalesce(conversations.c.customer_name, STAND_IN) + " " + func.coalesce(conversations.c.company, "")
)


def ensure(
    tx: Transaction, key: ConversationKey, kind: ConversationKind, rep_id: str | None
) -> tuple[int, bool]:
    """Return the conversation's id, and whether it is new. A known rep is kept, a missing one filled in."""
    where = {"channel": key.channel, "account": key.account, "party": key.party}
    row = tx.execute(_NEW, {**where, "kind": kind.value, "rep_id": rep_id, "version": 0}).first()
    if row is not None:
        return row.id, True
    found = tx.execute(_FIND, {f"in_{name}": value for name, value in where.items()}).one()
    if found.rep_id is None and rep_id is not None:
        assign(tx, found.id, rep_id)
    return found.id, False


def get(tx: Transaction, conversation_id: int) -> Conversation | None:
    """Return one conversation with its consent state."""
    row = tx.execute(select(conversations).where(conversations.c.id == conversation_id)).first()
    if row is None:
        return None
    kind = ConversationKind(row.kind)
    customer_id = row.party if kind is ConversationKind.CUSTOMER else None
    return Conversation(
        id=row.id,
        key=ConversationKey(channel=row.channel, account=row.account, party=row.party),
        kind=kind,
        customer_id=customer_id,
        rep_id=row.rep_id,
        consent=consent(tx, row.rep_id, customer_id),
        version=row.version,
    )


def touch(tx: Transaction, conversation_id: int) -> None:
    """Say that the conversation looks different now: its version grows and watchers are told."""
    tx.execute(_TOUCH, {"touched": conversation_id})
    tx.conversations.append(conversation_id)


def version(tx: Transaction, conversation_id: int) -> int:
    """Return the current version; 0 for a conversation that is not there."""
    return (
        tx.execute(select(conversations.c.version).where(conversations.c.id == conversation_id)).scalar() or 0
    )


def assign(tx: Transaction, conversation_id: int, rep_id: str) -> None:
    """Give the conversation to a rep."""
    tx.execute(update(conversations).where(conversations.c.id == conversation_id).values(rep_id=rep_id))
    touch(tx, conversation_id)


def name(tx: Transaction, conversation_id: int, customer_name: str, company: str | None) -> None:
    """Remember who the customer is."""
    tx.execute(
        update(conversations)
        .where(conversations.c.id == conversation_id)
        .values(customer_name=customer_name, company=company)
    )
    touch(tx, conversation_id)


def names(tx: Transaction, conversation_id: int) -> tuple[str, str | None]:
    """Return the customer's name and company as shown; a friendly stand-in while unknown."""
    row = tx.execute(
        select(conversations.c.customer_name, conversations.c.company).where(
            conversations.c.id == conversation_id
        )
    ).one()
    return row.customer_name or STAND_IN, row.company


def consent(tx: Transaction, rep_id: str | None, customer_id: str | None) -> Consent:
    """Return the pair's latest state; UNKNOWN for a pair that was never asked."""
    if rep_id is None or customer_id is None:
        return Consent.UNKNOWN
    state = tx.execute(
        select(consents.c.state)
        .where(consents.c.rep_id == rep_id, consents.c.customer_id == customer_id)
        .order_by(consents.c.id.desc())
        .limit(1)
    ).scalar()
    return Consent(state) if state else Consent.UNKNOWN


def record_consent(
    tx: Transaction, *, rep_id: str, customer_id: str, state: Consent, source: str, now: datetime
) -> None:
    """Append a consent change; earlier ones stay as the record."""
    tx.execute(
        insert(consents).values(
            rep_id=rep_id, customer_id=customer_id, state=state.value, source=source, changed_at=now
        )
    )


def customers_of(tx: Transaction, rep_id: str, search: str = "") -> CustomerList:
    """The rep's customer conversations whose name or company contains `search`, the latest first."""
    chosen = [*_MINE, _SHOWN.contains(search, autoescape=True)] if search else _MINE
    total = tx.execute(select(func.count()).select_from(conversations).where(*chosen), {"of_rep": rep_id})
    rows = tx.execute(_LATEST.where(*chosen).limit(LIST_LIMIT), {"of_rep": rep_id})
    lines = tuple(
        ConversationLine(
            conversation_id=row.id,
            customer_id=row.party,
            customer_name=row.customer_name or STAND_IN,
            company=row.company,
            last_text=row.text or "",
            last_at=row.said_at,
        )
        for row in rows
    )
    return CustomerList(lines=lines, total=total.scalar_one())


def latest_of(tx: Transaction, rep_id: str) -> int | None:
    """Return the id of the rep's customer conversation that moved last."""
    return tx.execute(_LATEST.where(*_MINE).limit(1), {"of_rep": rep_id}).scalar()


def between(tx: Transaction, rep_id: str | None, customer_id: str) -> list[int]:
    """Return the ids of all conversations of a rep with a customer: one for each account they met on."""
    rows = tx.execute(
        select(conversations.c.id).where(
            conversations.c.rep_id == rep_id,
            conversations.c.party == customer_id,
            conversations.c.kind == ConversationKind.CUSTOMER.value,
        )
    )
    return [row.id for row in rows]


def of_customer(tx: Transaction, rep_id: str, customer_id: str) -> int | None:
    """Return the id of this rep's conversation with a customer."""
    return tx.execute(
        select(conversations.c.id)
        .where(
            conversations.c.rep_id == rep_id,
            conversations.c.party == customer_id,
            conversations.c.kind == ConversationKind.CUSTOMER.value,
        )
        .order_by(conversations.c.id.desc())
        .limit(1)
    ).scalar()


def bot_chats_of(tx: Transaction, rep_id: str | None) -> list[int]:
    """Return the ids of this rep's chats with the bot."""
    rows = tx.execute(
        select(conversations.c.id).where(
            conversations.c.rep_id == rep_id, conversations.c.kind == ConversationKind.BOT.value
        )
    )
    return [row.id for row in rows]
