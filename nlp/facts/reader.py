"""Reads the facts of one customer message: grammars propose, the clause model weighs the doubtful ones."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from bot.domain.conversation import Speaker
from bot.domain.understanding import Fact, Utterance
from nlp.facts import (
    amounts,
    clauses,
    codes,
    dates,
    echo,
    parameters,
    people,
    purchase,
    rates,
    rivals,
    things,
    triggers,
)
from nlp.facts.model import ClauseModel, Floats, shipped
from nlp.facts.passage import Passage, passage_of

_GRAMMARS = (
    amounts.read, codes.read, rates.read, dates.read, parameters.read, people.read, purchase.read, rivals.read, things.read, triggers.read,
)  # fmt: skip
_SURE = 0.7
_RAISED = 0.2
_ONE_NUMBER = frozenset({
    "budget.amount", "bottleneck.takt", "fault_history.downtime", "fault_history.frequency", "tech_requirements.parameter",
    "current_state.volume", "timeline.window", "timeline.deadline",
})  # fmt: skip
_PHOTO = re.compile(r"\[图片\]|\[照片\]|照片.{0,4}(?:发|甩|给)|拍(?:了|给)你|图(?:片)?发你|(?:照片|图)里红框")
_SCAN = re.compile(r"(?:维修单|点检表|故障单|台账|记录|铭牌|报告).{0,3}(?:扫|拍|发)(?:给|你|您|过)|扫描件")


class FactReader:
    """Utterance to facts; pure and thread-safe. A rep's own words give nothing."""

    def __init__(self, model: ClauseModel | None = None) -> None:
        self._model = model or shipped()

    def read(self, utterance: Utterance) -> tuple[Fact, ...]:
        """Return the facts, ordered by their place in the message."""
        if utterance.speaker is not Speaker.CUSTOMER or not utterance.text.strip():
            return ()
        passage = passage_of(utterance)
        if echo.is_assent(passage.text):
            return tuple(_settled(echo.read(passage, _GRAMMARS)))
        scores = self._model.score([clause.text for clause in passage.clauses], passage.question)
        proposed = [
            self._weighed(passage, scores, fact) for grammar in _GRAMMARS for fact in grammar(passage)
        ]
        certain = [fact for fact in proposed if fact is not None]
        learned = clauses.best(
            f for f in clauses.read(passage, scores, self._model) if not _repeats(f, certain)
        )
        return tuple(_settled([*certain, *learned, *_pictures(passage)]))

    def _weighed(self, passage: Passage, scores: Floats, fact: Fact) -> Fact | None:
        """Keep a sure fact, and a doubtful one where the clause model agrees."""
        slot = f"{fact.dim}.{fact.slot}"
        if slot not in self._model.slots:
            return fact if fact.confidence >= _SURE else None
        column = self._model.slots.index(slot)
        touched = [
            place for place, clause in enumerate(passage.clauses)
            if clause.start < fact.evidence.end and fact.evidence.start < clause.end
        ]  # fmt: skip
        score = max((float(scores[place, column]) for place in touched), default=0.0)
        agreed = score >= float(self._model.thresholds[column])
        if fact.confidence < _SURE and not agreed:
            return None
        return replace(fact, confidence=min(0.98, fact.confidence + _RAISED * agreed))


def _pictures(passage: Passage) -> Iterable[Fact]:
    for slot, pattern, value in (
        ("bottleneck.photo", _PHOTO, "照片（已发）"),
        ("fault_history.scan", _SCAN, "扫描件（已发）"),
    ):
        match = pattern.search(passage.text)
        if match:
            shown = "[图片]" if match[0] == "[图片]" else value
            yield passage.fact(slot, shown, *match.span(), confidence=0.7)


def _repeats(fact: Fact, known: Iterable[Fact]) -> bool:
    """Return whether a learned clause only says again what a grammar read there, or counts its figure twice."""
    return any(
        ((fact.dim, fact.slot) == (one.dim, one.slot) or (fact.slot == "quantity" and one.number is not None))
        and one.evidence.start < fact.evidence.end
        and fact.evidence.start < one.evidence.end
        for one in known
    )


def _settled(facts: Iterable[Fact]) -> list[Fact]:
    """Drop doubles and, where two readings claim one number, the weaker; order by place."""
    kept: list[Fact] = []
    for fact in sorted(facts, key=lambda f: -f.confidence):
        if not any(_clashes(fact, one) for one in kept):
            kept.append(fact)
    return sorted(kept, key=lambda f: (f.evidence.start, f.evidence.end))


def _clashes(fact: Fact, one: Fact) -> bool:
    slot, other = f"{fact.dim}.{fact.slot}", f"{one.dim}.{one.slot}"
    if slot == other and (fact.value, fact.role) == (one.value, one.role):
        return True
    overlap = one.evidence.start < fact.evidence.end and fact.evidence.start < one.evidence.end
    one_slot = slot == other and slot != "decision_chain.person"
    return overlap and (one_slot or {slot, other} <= _ONE_NUMBER)
