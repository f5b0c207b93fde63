"""Implicit needs in a reading: which, how sure, said or read between the lines, and their words."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.understanding import Evidence, Need
from nlp.heads import Heads, Linear
from nlp.ngrams import Row
from nlp.reading import Reading
from nlp.shades import mean_inside
from nlp.spans import evidence_for


class NeedFinder:
    """Finds needs by fitted heads; `stated` reads explicit from implicit in the evidence."""

    def __init__(self, heads: Heads, stated: Linear) -> None:
        self.heads = heads
        self.stated = stated

    def find(self, reading: Reading, rows: Sequence[Row]) -> tuple[Need, ...]:
        """Return the needs over their thresholds, most certain first."""
        chances = self.heads.probabilities(reading, rows)
        return tuple(
            self.need(reading, column, float(chances[column]))
            for column in self.heads.over_threshold(chances)
        )

    def need(self, reading: Reading, column: int, chance: float) -> Need:
        evidence = evidence_for(reading, self.heads.words, column)
        return Need(
            code=self.heads.codes[column],
            confidence=round(chance, 4),
            stated=self.how_stated(reading, evidence),
            evidence=evidence,
        )

    def how_stated(self, reading: Reading, evidence: Evidence) -> str:
        middle = mean_inside(reading, evidence.start, evidence.end)
        if middle is None:
            return "implicit"
        return "explicit" if float(self.stated.dense(middle)[0]) > 0 else "implicit"
