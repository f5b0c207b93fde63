"""A customer message made ready for the grammars: its clauses, its hedges, and what the rep had asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import pairwise

from bot.domain.conversation import Speaker
from bot.domain.understanding import Evidence, Fact, Utterance
from nlp.facts import numerals
from nlp.facts.numerals import Number

_BREAK = re.compile(r"[，。；！？,;!?\n…]+|[、:：](?=[^\d])|(?<=[^\x00-\x7f]) +(?=[^\x00-\x7f])|(?<=\D)\. ")
_JOINT = re.compile(r"(?=然后|但是|因为|所以|不过|就是说|反正|而且|可是)|(?<=[嘛呢吧哈])(?=.{3})")
_LONG = 16
LONGEST = 2000
_QUESTION = 300

_HEDGE = re.compile(
    r"可能|好像|估计|听说|据说|也许|大概吧|说不准|不好说|不太?确定|不清楚|记不(准|清|得)|我猜|应该是?吧|没准"
)
_ABOUT = re.compile(r"大概|大约|差不多|约")
_UNSURE_END = re.compile(r"吧\W*$")


@dataclass(frozen=True)
class Clause:
    """A piece of the message; `start`, `end` are its character offsets there."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Passage:
    """The message and what surrounds it. `question` is the rep's last turn, or empty."""

    text: str
    question: str
    at: date | None

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        return tuple(split(self.text))

    @cached_property
    def numbers(self) -> tuple[Number, ...]:
        return tuple(numerals.find(self.text))

    def clause(self, position: int) -> Clause:
        """Return the clause that holds a position."""
        return next(
            (c for c in self.clauses if c.start <= position < c.end), Clause(self.text, 0, len(self.text))
        )

    def numbers_in(self, clause: Clause) -> list[Number]:
        """Return the numbers of one clause."""
        return [n for n in self.numbers if clause.start <= n.start and n.end <= clause.end]

    def questioned(self, number: Number) -> bool:
        """Return whether the customer only throws back a number that the rep had named (150？？)."""
        doubted = re.match(r"\s?[万元块秒个套箱%]{0,2}[？?]", self.text[number.end :])
        return bool(doubted) and any(
            number.low in {n.low, n.low / 10_000} for n in numerals.find(self.question)
        )

    def hedged(self, start: int, end: int) -> bool:
        """Return whether the words around a value leave it uncertain (可能, 好像, 大概…吧)."""
        clause = self.clause(start)
        text = self.text[clause.start : max(clause.end, end)]
        if _HEDGE.search(text) or (_ABOUT.search(text) and _UNSURE_END.search(text)):
            return True
        return bool(_ABOUT.search(self.text[max(clause.start, start - 3) : start + 2]))

    def fact(self, slot: str, value: str, start: int, end: int, **more: object) -> Fact:
        """Return a fact for `dim.slot` whose evidence is the text between two positions."""
        dim, name = slot.split(".")
        evidence = Evidence(text=self.text[start:end], start=start, end=end)
        known: dict[str, object] = {
            "confidence": 0.8,
            "status": "ambiguous" if self.hedged(start, end) else "found",
        }
        return Fact(dim=dim, slot=name, value=value, evidence=evidence, **(known | more))  # type: ignore[arg-type]


def passage_of(utterance: Utterance) -> Passage:
    """Return the passage for an utterance, its first 2,000 characters; an unreadable time counts as none."""
    return Passage(text=utterance.text[:LONGEST], question=_question(utterance), at=_day(utterance.at))


def _question(utterance: Utterance) -> str:
    """Return the rep's last turn, if the customer has not already answered it at length."""
    for turn in reversed(utterance.context[-2:]):
        if turn.speaker is Speaker.REP:
            return turn.text[-_QUESTION:]
    return ""


def _day(at: str | None) -> date | None:
    if not at:
        return None
    try:
        return datetime.fromisoformat(at).date()
    except ValueError:
        return None


def split(text: str) -> list[Clause]:
    """Cut a message into clauses at punctuation and, where that is missing, at connecting words."""
    pieces: list[Clause] = []
    position = 0
    for match in [*_BREAK.finditer(text), None]:
        end = match.start() if match else len(text)
        pieces += _cut_long(text, position, end)
        position = match.end() if match else end
    return pieces


def _cut_long(text: str, start: int, end: int) -> list[Clause]:
    if end - start <= _LONG:
        return [Clause(text[start:end], start, end)] if text[start:end].strip() else []
    cuts = [start, *(m.start() for m in _JOINT.finditer(text, start, end) if start < m.start() < end), end]
    return [Clause(text[a:b], a, b) for a, b in pairwise(cuts) if text[a:b].strip()]
