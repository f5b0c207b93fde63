"""What follows from one message in a customer chat: the picture, the needs, what to suggest, whom to tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.dialogue.questions import next_question
from bot.dialogue.wording import tell_suggestion
from bot.domain.conversation import Message
from bot.domain.needs import HeldNeed, steps
from bot.domain.picture import Entry, Level, Picture, Source, record_all
from bot.domain.playbook import Playbook
from bot.domain.suggestion import Passage, Suggestion
from bot.domain.understanding import Objection, Understanding


@dataclass(frozen=True, kw_only=True)
class OpenOffer:
    """What is on the table: its main doubt and when it was put there."""

    objection: str
    offered_at: datetime
    passages: tuple[Passage, ...]


@dataclass(frozen=True, kw_only=True)
class Case:
    """Everything a decision about a customer's message looks at.

    `rep_answered`: the rep has already spoken after this message. `rep_watching`: the rep's
    sidebar is open at this conversation. `told_this_minute`: bot messages the rep got in the last minute.
    """

    message: Message
    customer_name: str
    picture: Picture
    needs: tuple[HeldNeed, ...]
    on_table: OpenOffer | None
    rep_answered: bool
    rep_watching: bool
    told_this_minute: int


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What to write down and what to do. `tell` is a bot message to the rep."""

    entries: tuple[Entry, ...] = ()
    need_steps: tuple[HeldNeed, ...] = ()
    suggestion: Suggestion | None = None
    tell: str | None = None


def decide(
    case: Case, understanding: Understanding, passages: Sequence[Passage], playbook: Playbook, now: datetime
) -> Decision:
    """Decide about a customer's message."""
    message = case.message
    source = Source(message_id=message.id, level=Level.CUSTOMER, said_at=message.said_at)
    recorded = record_all(case.picture, understanding.facts, source)
    suggestion = _suggest(case, understanding, passages, playbook, now, recorded.picture)
    return Decision(
        entries=recorded.changed,
        need_steps=steps(case.needs, understanding.needs, message.id, message.said_at),
        suggestion=suggestion,
        tell=_tell(case, suggestion, understanding, playbook),
    )


def _suggest(
    case: Case,
    understanding: Understanding,
    passages: Sequence[Passage],
    playbook: Playbook,
    now: datetime,
    picture: Picture,
) -> Suggestion | None:
    doubts = understanding.objections
    too_late = case.rep_answered or now - case.message.said_at > playbook.attention.fresh_for
    if not doubts or not passages or too_late or _just_offered(case, doubts, playbook, now):
        return None
    question = next_question(picture, playbook)
    return Suggestion(
        message_id=case.message.id,
        objection=doubts[0].code,
        passages=tuple(passages),
        ask=question.text if question else "",
        ask_reason=question.reason if question else "",
    )


def _just_offered(case: Case, doubts: Sequence[Objection], playbook: Playbook, now: datetime) -> bool:
    """The same doubt said twice in a row needs no second card."""
    table = case.on_table
    if table is None or now - table.offered_at > playbook.attention.cooldown:
        return False
    return {doubt.code for doubt in doubts} <= {passage.objection for passage in table.passages}


def _tell(
    case: Case, suggestion: Suggestion | None, understanding: Understanding, playbook: Playbook
) -> str | None:
    """A message interrupts, so it takes more certainty than a line in an open sidebar."""
    if suggestion is None or case.rep_watching:
        return None
    if understanding.objections[0].confidence < playbook.attention.interrupt_from:
        return None
    if case.told_this_minute >= playbook.attention.messages_a_minute:
        return None
    return tell_suggestion(case.customer_name, suggestion, playbook)
