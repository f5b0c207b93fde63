"""Words in common: TF-IDF over runs of one to three characters, so no word list is needed."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.likeness import folded

Floats = NDArray[np.float32]
LONGEST = 3


def runs(text: str) -> Counter[str]:
    """Count the runs of one to `LONGEST` characters."""
    plain = folded(text)
    return Counter(
        plain[at : at + size] for size in range(1, LONGEST + 1) for at in range(len(plain) - size + 1)
    )


class LexicalIndex:
    """An inverted index; scores are cosines of sublinear TF-IDF, 0 to 1."""

    def __init__(self, texts: Sequence[str]) -> None:
        counted = [runs(text) for text in texts]
        seen = Counter(run for counts in counted for run in counts)
        self._size = len(texts)
        self._rarity = {run: math.log((1 + self._size) / (1 + n)) + 1 for run, n in seen.items()}
        postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for row, counts in enumerate(counted):
            for run, weight in self._weights(counts).items():
                postings[run].append((row, weight))
        self._postings = {
            run: (np.array([row for row, _ in found], np.intp), np.array([w for _, w in found], np.float32))
            for run, found in postings.items()
        }

    def scores(self, text: str) -> Floats:
        """Return one score per indexed text, in their order."""
        total = np.zeros(self._size, np.float32)
        for run, weight in self._weights(runs(text)).items():
            if run in self._postings:
                rows, weights = self._postings[run]
                total[rows] += weight * weights
        return total

    def _weights(self, counts: Counter[str]) -> dict[str, float]:
        """Weigh each run; a run the index never saw counts as the rarest, so long strange texts score low."""
        unseen = math.log(1 + self._size) + 1
        raw = {run: (1 + math.log(n)) * self._rarity.get(run, unseen) for run, n in counts.items()}
        length = math.sqrt(sum(weight * weight for weight in raw.values())) or 1.0
        return {run: weight / length for run, weight in raw.items()}
