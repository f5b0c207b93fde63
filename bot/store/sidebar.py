"""Puts together what the sidebar shows from the rows of one conversation."""

from __future__ import annotations

from datetime import datetime

from bot.domain.conversation import Consent, Conversation
from bot.domain.needs import current
from bot.domain.picture import Picture
from bot.domain.playbook import Dimension, Playbook
from bot.domain.sidebar import DimensionView, Doubt, Heard, NeedView, Offer, SidebarView, Value
from bot.store import conversations, facts, parking, suggestions, understandings
from bot.store.store import Transaction


def sidebar_view(
    tx: Transaction, conversation: Conversation, playbook: Playbook, now: datetime
) -> SidebarView:
    """Return the view of one conversation; without consent it shows nothing that was derived."""
    name, company = conversations.names(tx, conversation.id)
    agreed = conversation.consent is Consent.AGREED
    picture = facts.picture(tx, conversation.id, playbook.multiple) if agreed else Picture()
    return SidebarView(
        conversation_id=conversation.id,
        version=conversation.version,
        customer_name=name,
        company=company,
        consent=conversation.consent,
        heard=_heard(tx, conversation.id, playbook) if agreed else None,
        offer=_offer(tx, conversation.id, playbook, now) if agreed else None,
        dimensions=tuple(_dimension(picture, dim, playbook.groups[dim.group]) for dim in playbook.dimensions),
        needs=_needs(tx, conversation.id, playbook) if agreed else (),
        parked=parking.shown(tx, [conversation.id, *conversations.bot_chats_of(tx, conversation.rep_id)]),
    )


def _heard(tx: Transaction, conversation_id: int, playbook: Playbook) -> Heard | None:
    heard = understandings.latest_heard(tx, conversation_id)
    if heard is None:
        return None
    return Heard(
        message_id=heard.message_id,
        text=heard.text,
        said_at=heard.said_at,
        doubts=tuple(
            Doubt(
                code=one.code,
                name=playbook.objections.get(one.code, one.code),
                confidence=one.confidence,
                start=one.evidence.start,
                end=one.evidence.end,
            )
            for one in heard.objections
        ),
    )


def _offer(tx: Transaction, conversation_id: int, playbook: Playbook, now: datetime) -> Offer | None:
    """What is on the table; a stale suggestion has left it by itself."""
    suggestion = suggestions.open_one(tx, conversation_id)
    if suggestion is None or now - suggestion.offered_at > playbook.attention.fresh_for:
        return None
    return Offer(
        suggestion_id=suggestion.id,
        passages=suggestion.passages,
        ask=suggestion.ask,
        ask_reason=suggestion.ask_reason,
    )


def _dimension(picture: Picture, dim: Dimension, group: str) -> DimensionView:
    values = tuple(
        Value(
            slot=dim.slots.get(standing.entry.slot, standing.entry.slot),
            text=standing.entry.value,
            status=standing.status.value,
            level=standing.level.value,
            quote=standing.entry.evidence.text if standing.entry.evidence else "",
            said_at=standing.entry.said_at,
            role=standing.entry.role,
        )
        for standing in picture.standing(dim.code)
    )
    return DimensionView(
        code=dim.code,
        name=dim.name,
        group=group,
        status=picture.status(dim.code).value,
        values=values,
        question=dim.question,
    )


def _needs(tx: Transaction, conversation_id: int, playbook: Playbook) -> tuple[NeedView, ...]:
    return tuple(
        NeedView(
            code=need.code,
            name=playbook.needs.get(need.code, need.code),
            state=need.state.value,
            quote=need.evidence.text,
            said_at=need.said_at,
        )
        for need in current(understandings.needs_of(tx, conversation_id))
    )
