"""Labelled lines read strictly, and what the understander said of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from bot.domain.understanding import Need, Objection, Understanding, Utterance
from bot.errors import CannotProcess
from bot.interfaces import Understander
from nlp.lines import LineIn, reasons

NONE = "none"


class SpanIn(BaseModel):
    code: str
    text: str


class NeedIn(BaseModel):
    code: str
    evidence: str
    stated: str | None = None


class ObjectionLine(LineIn):
    """A line of an objection set; `spans` may be missing."""

    labels: tuple[str, ...]
    spans: tuple[SpanIn, ...] = ()

    def case(self) -> Case:
        gold = frozenset(self.labels) - {NONE}
        marks = tuple((span.code, *place(self.text, span.text)) for span in self.spans)
        return Case(self.id, self.utterance(), gold, marks)


class NeedLine(LineIn):
    """A line of a needs set."""

    needs: tuple[NeedIn, ...]

    def case(self) -> Case:
        gold = frozenset(need.code for need in self.needs)
        marks = tuple((need.code, *place(self.text, need.evidence)) for need in self.needs)
        stated = {need.code: need.stated for need in self.needs if need.stated}
        return Case(self.id, self.utterance(), gold, marks, stated)


@dataclass(frozen=True)
class Case:
    """A message with its gold codes; `marks` are (code, start, end) of the words that show them."""

    id: str | int
    utterance: Utterance
    gold: frozenset[str]
    marks: tuple[tuple[str, int, int], ...] = ()
    stated: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Judged:
    """A case and the answer to it, with the time that it took."""

    case: Case
    found: tuple[Objection | Need, ...]
    milliseconds: float

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(one.code for one in self.found)


def place(text: str, words: str) -> tuple[int, int]:
    """Return where `words` stand in `text`. Raises ValueError when they do not."""
    start = text.index(words)
    return start, start + len(words)


def read_cases(kind: type[ObjectionLine | NeedLine], rows: Iterable[str]) -> list[Case]:
    """Read JSON lines. Raises CannotProcess with the line's number and the reason."""
    cases = []
    for number, row in enumerate(rows, start=1):
        if not row.strip():
            continue
        try:
            cases.append(kind.model_validate_json(row).case())
        except ValidationError as error:
            raise CannotProcess(f"line {number}: {reasons(error)}") from error
        except ValueError as error:
            raise CannotProcess(f"line {number}: the marked words are not in the text") from error
    return cases


def judge(
    cases: Sequence[Case], understander: Understander, pick: Callable[[Understanding], tuple[Any, ...]]
) -> list[Judged]:
    """Ask about one message after the other, as a conversation does, and time each."""
    judged = []
    for case in cases:
        started = time.perf_counter()
        (understanding,) = understander.understand([case.utterance])
        spent = (time.perf_counter() - started) * 1000
        judged.append(Judged(case, pick(understanding), spent))
    return judged
