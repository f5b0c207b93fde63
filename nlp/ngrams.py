"""Runs of one to four characters as features: a strong, tiny reader beside the encoder."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nlp.pieces import clauses
from nlp.reading import Floats

LONGEST = 4
SHORTEST = 3  # clauses of fewer characters say nothing alone
EDGE = "\n"


def folded(text: str) -> str:
    """Write width and case alike, one character for one, so that places stay those of the text."""
    plain = (unicodedata.normalize("NFKC", char).lower() for char in text)
    return "".join(new if len(new) == 1 else old for new, old in zip(plain, text, strict=True))


def grams(text: str) -> list[tuple[str, int]]:
    """Return each run with the place where it starts; the ends of the text count as a character."""
    framed = f"{EDGE}{folded(text)}{EDGE}"
    return [
        (framed[at : at + size], at - 1)
        for size in range(1, LONGEST + 1)
        for at in range(len(framed) - size + 1)
    ]


@dataclass(frozen=True)
class Row:
    """A text's features: `columns` of the vocabulary and their `values`, together of length 1.

    `columns[i]` occurs at `starts[i]` and is `sizes[i]` characters long; a run that occurs twice
    stands twice, its value shared out.
    """

    columns: NDArray[np.intp]
    values: Floats
    starts: NDArray[np.intp]
    sizes: NDArray[np.intp]


@dataclass(frozen=True)
class Vocabulary:
    """The runs that count, and how rare each is (`idf`)."""

    runs: tuple[str, ...]
    idf: Floats
    column: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "column", {run: at for at, run in enumerate(self.runs)})

    @classmethod
    def learn(cls, texts: Sequence[str], *, least: int = 2) -> Vocabulary:
        """Keep the runs that occur in at least so many texts."""
        seen = Counter(run for text in texts for run in {run for run, _start in grams(text)})
        runs = tuple(sorted(run for run, count in seen.items() if count >= least))
        idf = [math.log((1 + len(texts)) / (1 + seen[run])) + 1 for run in runs]
        return cls(runs, np.array(idf, np.float32))

    def row(self, text: str) -> Row:
        found = [(self.column[run], start, len(run)) for run, start in grams(text) if run in self.column]
        columns, starts, sizes = np.array(found, np.intp).reshape(-1, 3).T
        counts = Counter(columns.tolist())
        shares = np.array([(1 + math.log(counts[c])) / counts[c] for c in columns.tolist()], np.float32)
        values = shares * self.idf[columns]
        totals: dict[int, float] = {}
        for column, value in zip(columns.tolist(), values.tolist(), strict=True):
            totals[column] = totals.get(column, 0.0) + value
        length = math.sqrt(sum(total * total for total in totals.values())) or 1.0
        return Row(columns, values / length, starts, sizes)

    def rows(self, texts: Iterable[str]) -> list[Row]:
        return [self.row(text) for text in texts]

    def with_clauses(self, text: str) -> list[Row]:
        """Return the rows of the text and of each of its clauses, if it has several."""
        parts = [text[start:end] for start, end in clauses(text) if end - start >= SHORTEST]
        return self.rows([text, *parts] if len(parts) > 1 else [text])
