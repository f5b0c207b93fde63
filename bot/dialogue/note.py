"""What follows from a rep's message to the bot: facts at level `rep`, and an answer that helps at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogue.questions import next_question
from bot.dialogue.wording import advise, answer_note
from bot.domain.conversation import Message
from bot.domain.picture import Change, Entry, Level, Picture, Source, Status, record_all
from bot.domain.playbook import Playbook
from bot.domain.suggestion import Passage
from bot.domain.understanding import Understanding


@dataclass(frozen=True, kw_only=True)
class NoteDecision:
    """Ledger rows to store for the customer at hand, and what to answer."""

    entries: tuple[Entry, ...]
    reply: str


def take_note(
    message: Message,
    customer_name: str,
    picture: Picture,
    understanding: Understanding,
    passages: Sequence[Passage],
    playbook: Playbook,
) -> NoteDecision:
    """Write down what the rep told and answer it."""
    source = Source(message_id=message.id, level=Level.REP, said_at=message.said_at)
    recorded = record_all(picture, understanding.facts, source)
    noted = [
        entry
        for entry in recorded.changed
        if entry.message_id == message.id
        and entry.change is not Change.RETRACTED
        and entry.status is not Status.ABSENT
    ]
    advice = advise(understanding.objections, passages, playbook)
    question = next_question(recorded.picture, playbook)
    reply = answer_note(customer_name, noted, advice, question, playbook)
    return NoteDecision(entries=recorded.changed, reply=reply)
