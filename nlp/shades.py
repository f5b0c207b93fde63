"""How grave an objection is, and what stands behind a put-off: read where the words or the earlier turns tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.domain.understanding import Evidence
from nlp.heads import Linear
from nlp.reading import Floats, Reading

SEVERITIES = ("mild", "clear", "final")
"""A doubt, a clear objection, one that would end the deal: 1, 2 and 3 in the corpus."""
KINDS = ("hesitation", "brush_off", "waiting_competitor", "missing_info")
SURE = 0.5
"""Below this share of the four kinds nothing is said: 考虑一下 alone tells none of them."""


@dataclass(frozen=True)
class Shades:
    """`severity` reads the mean of the evidence's tokens, `kinds` the vector of the whole message."""

    severity: Linear
    kinds: Linear

    def severity_of(self, reading: Reading, evidence: Evidence) -> str | None:
        """Return one of SEVERITIES; None where no token lies in the evidence."""
        middle = mean_inside(reading, evidence.start, evidence.end)
        return None if middle is None else SEVERITIES[int(self.severity.dense(middle).argmax())]

    def kind_of(self, reading: Reading) -> str | None:
        """Return what stands behind a put-off, where one of KINDS is likelier than all others together."""
        odds = np.exp(np.clip(self.kinds.dense(reading.vector), -30, 30))
        best = int(odds.argmax())
        return KINDS[best] if odds[best] >= SURE * odds.sum() else None


def mean_inside(reading: Reading, start: int, end: int) -> Floats | None:
    """Return the mean of the tokens that touch `text[start:end]`; None where there is none."""
    inside = [row for row, (first, after) in enumerate(reading.places) if first < end and after > start]
    return np.asarray(reading.words[inside].mean(0)) if inside else None
