"""Objections in a reading: which classes, how sure, and the words that show them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.understanding import Objection
from nlp.heads import Heads
from nlp.ngrams import Row
from nlp.reading import Reading
from nlp.shades import Shades
from nlp.spans import evidence_for

STALLING = "stalling"


class ObjectionFinder:
    """Finds objections by fitted heads. A denial (价格不是问题) is none: the heads learn that."""

    def __init__(self, heads: Heads, shades: Shades) -> None:
        self.heads = heads
        self.shades = shades

    def find(self, reading: Reading, rows: Sequence[Row]) -> tuple[Objection, ...]:
        """Return the objections over their thresholds, most certain first."""
        chances = self.heads.probabilities(reading, rows)
        columns = self.heads.over_threshold(chances)
        return tuple(self.objection(reading, column, float(chances[column])) for column in columns)

    def objection(self, reading: Reading, column: int, chance: float) -> Objection:
        code, evidence = self.heads.codes[column], evidence_for(reading, self.heads.words, column)
        return Objection(
            code=code,
            confidence=round(chance, 4),
            evidence=evidence,
            severity=self.shades.severity_of(reading, evidence),
            kind=self.shades.kind_of(reading) if code == STALLING else None,
        )


def stalling_alone(objections: tuple[Objection, ...]) -> tuple[Objection, ...]:
    """Keep a put-off only where nothing more telling is said: a reason makes it that reason."""
    if objections and objections[0].code == STALLING:
        return objections[:1]
    return tuple(objection for objection in objections if objection.code != STALLING)
