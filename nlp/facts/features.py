"""A clause as a sparse vector: its characters, the rep's question, and the word groups of `cues.yaml`.

Buckets 0 to GRAMS-1 hold hashed character n-grams; behind them stand four blocks of cue features: the
clause itself, the one before, the one after, and the rep's question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import resources
from zlib import crc32

import numpy as np
import numpy.typing as npt
import yaml

GRAMS = 1 << 14
_DIGITS = re.compile(r"\d+(?:\.\d+)?|[零一二两三四五六七八九十百千]{2,}")
_LATIN = re.compile(r"[A-Za-z]{2,}")
_QUESTION_WEIGHT = 0.5
_CUE_WEIGHTS = (0.3, 0.12, 0.12, 0.15)

Vector = tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]


@cache
def cues() -> tuple[re.Pattern[str], ...]:
    """Return the word groups, compiled once, in file order."""
    text = resources.files("nlp.facts").joinpath("cues.yaml").read_text(encoding="utf-8")
    return tuple(re.compile(pattern) for pattern in yaml.safe_load(text).values())


def width() -> int:
    """Return the length of a clause vector."""
    return GRAMS + len(_CUE_WEIGHTS) * len(cues())


@lru_cache(maxsize=1 << 16)
def _bucket(gram: str) -> int:
    return crc32(gram.encode()) % GRAMS


def masked(text: str) -> str:
    """Return the text with figures and Latin words as one sign each, so that they generalise."""
    return _LATIN.sub("A", _DIGITS.sub("0", text))


def _grams(text: str, sizes: Sequence[int], prefix: str) -> set[int]:
    framed = f"^{text}$"
    return {_bucket(prefix + framed[i : i + n]) for n in sizes for i in range(len(framed) - n + 1)}


def cue_hits(text: str) -> list[int]:
    """Return the places of the word groups that a text touches."""
    return [place for place, pattern in enumerate(cues()) if pattern.search(text)] if text else []


def clause_vector(clause: str, question: str, hits: Sequence[Sequence[int]]) -> Vector:
    """Return indices and values of a clause; `hits` are the cue hits of clause, before, after, question."""
    own = _grams(masked(clause), (1, 2, 3, 4), "")
    asked = _grams(masked(question)[-24:], (2, 3), "?") if question else set()
    indices = [*own, *asked]
    values = [1 / len(own) ** 0.5] * len(own) + [_QUESTION_WEIGHT / max(1, len(asked)) ** 0.5] * len(asked)
    for block, (found, weight) in enumerate(zip(hits, _CUE_WEIGHTS, strict=True)):
        base = GRAMS + block * len(cues())
        indices += [base + place for place in found]
        values += [weight] * len(found)
    return np.array(indices, dtype=np.int64), np.array(values, dtype=np.float32)


def passage_vectors(clauses: Sequence[str], question: str) -> list[Vector]:
    """Return the vectors of a message's clauses."""
    own = [cue_hits(clause) for clause in clauses]
    padded = [[], *own, []]
    asked = cue_hits(question)
    return [
        clause_vector(clause, question, (own[place], padded[place], padded[place + 2], asked))
        for place, clause in enumerate(clauses)
    ]
