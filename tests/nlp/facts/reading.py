"""Shorthand for tests of the fact reader: one message in, its facts out."""

from __future__ import annotations

from bot.domain.conversation import Speaker
from bot.domain.understanding import Fact, Turn, Utterance
from nlp.facts.passage import Passage, passage_of
from nlp.facts.reader import FactReader

AT = "2025-03-03T12:00:00+08:00"


def utterance(text: str, question: str = "", speaker: Speaker = Speaker.CUSTOMER) -> Utterance:
    context = (Turn(speaker=Speaker.REP, text=question),) if question else ()
    return Utterance(text=text, speaker=speaker, context=context, at=AT)


def passage(text: str, question: str = "") -> Passage:
    return passage_of(utterance(text, question))


def facts(text: str, question: str = "", speaker: Speaker = Speaker.CUSTOMER) -> tuple[Fact, ...]:
    return FactReader().read(utterance(text, question, speaker))


def values(slot: str, text: str, question: str = "") -> list[str]:
    return [f.value for f in facts(text, question) if f"{f.dim}.{f.slot}" == slot]


def one(slot: str, text: str, question: str = "") -> Fact:
    (found,) = [f for f in facts(text, question) if f"{f.dim}.{f.slot}" == slot]
    return found
