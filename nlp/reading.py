"""What an encoder sees in a text: one vector for the whole, one for each token and its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.interfaces import Encoder

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Reading:
    """`vector` is (dimensions,) of length 1; `words` is (tokens, dimensions), as the model left it.

    `places[i]` are the characters `text[start:end]` that token i stands for; tokens that stand for
    none (prefix, ends) are left out.
    """

    text: str
    vector: Floats
    words: Floats
    places: tuple[tuple[int, int], ...]


class Reader(Encoder, Protocol):
    """An encoder that also shows its tokens. One forward pass serves both."""

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Return one reading per text, in order."""
        ...


def unit(rows: Floats) -> Floats:
    """Scale each row to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    scaled: Floats = (rows / np.maximum(lengths, 1e-12)).astype(np.float32)
    return scaled


def without_surrogates(text: str) -> str:
    """Replace halves of surrogate pairs, which no tokenizer takes; the length stays the same."""
    return "".join("\N{REPLACEMENT CHARACTER}" if "\ud800" <= char <= "\udfff" else char for char in text)
