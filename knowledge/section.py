"""One class's entries, indexed: exact vectors for the sense, character runs for the words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import faiss
import numpy as np

from knowledge.entries import Entry
from knowledge.lexical import Floats, LexicalIndex

SENSE_SHARE = 0.3
EXAMPLES_SHARE = 1 / 3


def sense_texts(entry: Entry) -> tuple[str, ...]:
    """Return what an entry is found by through its sense: each of these needs a vector."""
    return (entry.when, *entry.examples)


class Section:
    """The entries that answer one class. Immutable, so it is read without a lock.

    `vectors` maps every text of `sense_texts` to a row of length 1.
    """

    def __init__(self, entries: Sequence[Entry], vectors: Mapping[str, Floats]) -> None:
        self.entries = tuple(entries)
        # Sentence encoders put all texts into a narrow cone, those of one class even more so: what
        # they share says nothing about which of them fits, so it is taken out.
        rows = np.stack(
            [vectors[entry.when] for entry in entries]
            + [vectors[x] for entry in entries for x in entry.examples]
        )
        self._shared = rows.mean(axis=0)
        self._sense = faiss.IndexFlatIP(rows.shape[1])
        self._sense.add(_unit(rows - self._shared))
        self._owner = np.repeat(np.arange(len(entries)), [len(entry.examples) for entry in entries])
        self._words = LexicalIndex([_document(entry) for entry in entries])

    def scores(self, text: str, vector: Floats) -> Floats:
        """Return one score per entry, 0 to 1."""
        similar = self._similar(vector)
        count = len(self.entries)
        nearest_example = np.zeros(count, np.float32)
        np.maximum.at(nearest_example, self._owner, similar[count:])
        sense = (1 - EXAMPLES_SHARE) * similar[:count] + EXAMPLES_SHARE * nearest_example
        return SENSE_SHARE * sense + (1 - SENSE_SHARE) * self._words.scores(text)

    def _similar(self, vector: Floats) -> Floats:
        """Return the similarity of each row, nothing shared and the opposite alike as 0."""
        # The number of threads is a setting of the calling thread, and a second one makes a single
        # query slower: it waits for the slower of the two.
        faiss.omp_set_num_threads(1)
        similar, rows = self._sense.search(_unit(vector[None] - self._shared), self._sense.ntotal)
        found = np.zeros(self._sense.ntotal, np.float32)
        found[rows[0]] = np.clip(similar[0], 0, 1)
        return found


def _document(entry: Entry) -> str:
    return "\n".join((entry.title, entry.when, entry.reply, *entry.examples))


def _unit(rows: Floats) -> Floats:
    """Scale to length 1; a row of nothing stays nothing."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-6), np.float32)
