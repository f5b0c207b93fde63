"""Figures over judged lines: F1, false alarms, misses, evidence, calibration, speed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from bot.domain.understanding import Need
from nlp.evaluate.cases import NONE, Judged

BINS = 10


@dataclass(frozen=True)
class Counts:
    """Right, wrongly said, and missed."""

    hits: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.hits / max(self.hits + self.wrong, 1)

    @property
    def recall(self) -> float:
        return self.hits / max(self.hits + self.missed, 1)

    @property
    def f1(self) -> float:
        return 2 * self.hits / max(2 * self.hits + self.wrong + self.missed, 1)


@dataclass(frozen=True)
class Bin:
    """Answers of like confidence: how sure they were on average, and how often right."""

    count: int
    confidence: float
    accuracy: float


def count(judged: Iterable[Judged], code: str) -> Counts:
    pairs = [(code in one.codes, code in one.case.gold) for one in judged]
    return Counts(pairs.count((True, True)), pairs.count((True, False)), pairs.count((False, True)))


def figures(judged: Sequence[Judged], codes: Sequence[str]) -> dict[str, Any]:
    """Return all figures, rounded, as JSON can hold them. Rates are shares of 1."""
    per_class = {code: count(judged, code) for code in codes}
    present = [counts for counts in per_class.values() if counts.hits + counts.missed]
    total = Counts(
        sum(counts.hits for counts in per_class.values()),
        sum(counts.wrong for counts in per_class.values()),
        sum(counts.missed for counts in per_class.values()),
    )
    return {
        "lines": len(judged),
        "macro_f1": rounded(sum(counts.f1 for counts in present) / max(len(present), 1)),
        "micro_f1": rounded(total.f1),
        "precision": rounded(total.precision),
        "recall": rounded(total.recall),
        "exact": share(one.codes == one.case.gold for one in judged),
        "none_false_alarms": share(bool(one.codes) for one in judged if not one.case.gold),
        "missed": share(not one.codes for one in judged if one.case.gold),
        "calibration_error": rounded(calibration_error(bins(judged))),
        "ms_per_message": speed(judged),
        **evidence_figures(judged),
        "per_class": {code: described(counts) for code, counts in per_class.items()},
    }


def described(counts: Counts) -> dict[str, float | int]:
    return {
        "precision": rounded(counts.precision),
        "recall": rounded(counts.recall),
        "f1": rounded(counts.f1),
        "support": counts.hits + counts.missed,
    }


def rounded(value: float) -> float:
    return round(value, 4)


def share(flags: Iterable[bool]) -> float:
    seen = list(flags)
    return rounded(sum(seen) / max(len(seen), 1))


def speed(judged: Sequence[Judged]) -> dict[str, float]:
    times = [one.milliseconds for one in judged]
    if len(times) < 2:
        return {"median": rounded(sum(times)), "p95": rounded(sum(times))}
    return {"median": round(median(times), 2), "p95": round(quantiles(times, n=20)[-1], 2)}


def bins(judged: Iterable[Judged]) -> list[Bin]:
    """Group all answers by confidence, tenth by tenth; empty tenths are left out."""
    groups: dict[int, list[tuple[float, bool]]] = {}
    for one in judged:
        for answer in one.found:
            slot = min(int(answer.confidence * BINS), BINS - 1)
            groups.setdefault(slot, []).append((answer.confidence, answer.code in one.case.gold))
    return [
        Bin(len(group), sum(c for c, _ in group) / len(group), sum(right for _, right in group) / len(group))
        for _slot, group in sorted(groups.items())
    ]


def calibration_error(grouped: Sequence[Bin]) -> float:
    """Expected calibration error: the mean gap between how sure and how often right."""
    total = sum(one.count for one in grouped)
    return sum(one.count * abs(one.confidence - one.accuracy) for one in grouped) / max(total, 1)


def evidence_figures(judged: Sequence[Judged]) -> dict[str, Any]:
    """Return F1 over the characters of the evidence: overall, and where the class was right.

    Only lines whose words are marked count; nothing is returned when none is.
    """
    marked = [one for one in judged if one.case.marks]
    if not marked:
        return {}
    result: dict[str, Any] = {
        "span_f1": rounded(span_f1(marked, only_right=False)),
        "span_f1_where_right": rounded(span_f1(marked, only_right=True)),
    }
    stated = list(stated_answers(marked))
    return result | ({"stated_accuracy": share(stated)} if stated else {})


def span_f1(marked: Sequence[Judged], *, only_right: bool) -> float:
    overlap = said = gold = 0
    for one in marked:
        wanted = characters((code, start, end) for code, start, end in one.case.marks)
        given = characters((a.code, a.evidence.start, a.evidence.end) for a in one.found)
        for code in wanted.keys() & given.keys() if only_right else wanted.keys() | given.keys():
            here, there = wanted.get(code, set()), given.get(code, set())
            overlap, said, gold = overlap + len(here & there), said + len(there), gold + len(here)
    return 2 * overlap / max(said + gold, 1)


def characters(marks: Iterable[tuple[str, int, int]]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for code, start, end in marks:
        found.setdefault(code, set()).update(range(start, end))
    return found


def stated_answers(marked: Iterable[Judged]) -> Iterable[bool]:
    for one in marked:
        for answer in one.found:
            if isinstance(answer, Need) and answer.code in one.case.stated:
                yield answer.stated == one.case.stated[answer.code]


def confusion(judged: Iterable[Judged], codes: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return gold -> said -> count. A gold class that was found counts on the diagonal alone."""
    names = [*codes, NONE]
    table = {gold: dict.fromkeys(names, 0) for gold in names}
    for one in judged:
        said = one.codes or {NONE}
        for gold in one.case.gold or {NONE}:
            for code in {gold} if gold in said else said - one.case.gold or {NONE}:
                table[gold][code] += 1
    return table
