"""Objections in a reading: which classes, how sure, and the words that show them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.understanding import Objection
from nlp.heads import Heads
from nlp.ngrams import Row
from nlp.reading import Reading
from nlp.spans import evidence_for

STALLING = "stalling"


class ObjectionFinder:
    """Finds objections by fitted heads. A denial (价格不是问题) is none: the heads learn that."""

    def __init__(self, heads: Heads) -> None:
        self.heads = heads

    def find(self, reading: Reading, rows: Sequence[Row]) -> tuple[Objection, ...]:
        """Return the objections over their thresholds, most certain first."""
        chances = self.heads.probabilities(reading, rows)
        columns = self.heads.over_threshold(chances)
        return tuple(
            Objection(
                code=self.heads.codes[column],
                confidence=round(float(chances[column]), 4),
                evidence=evidence_for(reading, self.heads.words, column),
            )
            for column in columns
        )


def stalling_alone(objections: tuple[Objection, ...]) -> tuple[Objection, ...]:
    """Keep a put-off only where nothing more telling is said: a reason makes it that reason."""
    if objections and objections[0].code == STALLING:
        return objections[:1]
    return tuple(objection for objection in objections if objection.code != STALLING)
