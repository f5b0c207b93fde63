"""What an encoder sees in a text: one vector for the whole, one for each token and its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.interfaces import Encoder

Floats = NDArray[np.float32]

# More turns, or longer ones, cost time with every message and hardly ever decide it. What is longer than
# this speaks for itself: with three turns it would take more than twice as long to read.
ELLIPTIC = 20
TURNS = 3
TURN_LENGTH = 30


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


@dataclass(frozen=True)
class Said:
    """A message, and what was said before it as `earlier` writes it ("" for nothing)."""

    text: str
    before: str = ""


@dataclass(frozen=True)
class Tokens:
    """Where the tokens of `prefix + text + before` lie: `offsets` are (start, end) in the whole."""

    offsets: Sequence[tuple[int, int]]
    prefix: int
    text: int

    def own(self) -> list[int]:
        """Return the tokens whose mean is the message's vector: all but those of what was said before."""
        end = self.prefix + self.text
        return [row for row, (first, after) in enumerate(self.offsets) if first < end or first == after]

    def placed(self) -> list[int]:
        """Return the tokens that stand for characters of the text itself."""
        return [row for row in range(len(self.offsets)) if 0 <= self.place(row)[0] < self.place(row)[1]]

    def place(self, row: int) -> tuple[int, int]:
        """Return where a token lies in the text; ends beyond it are cut off."""
        first, after = self.offsets[row]
        return first - self.prefix, min(after - self.prefix, self.text)


class Reader(Encoder, Protocol):
    """An encoder that also shows its tokens. One forward pass serves both."""

    def read(self, messages: Sequence[Said]) -> list[Reading]:
        """Return one reading per message, in order. What was said before colours it, but has no place in it."""
        ...


def earlier(text: str, turns: Sequence[tuple[bool, str]]) -> str:
    """Write the last turns, each whether the rep said it and what, as an encoder reads them after `text`.

    Only a short message needs them; a long one gets "".
    """
    if len(text) > ELLIPTIC:
        return ""
    return "".join(
        f" | {'销售' if by_rep else '客户'}：{text[:TURN_LENGTH]}"
        for by_rep, text in turns[-TURNS:]
        if text.strip()
    )


def unit(rows: Floats) -> Floats:
    """Scale each row to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    scaled: Floats = (rows / np.maximum(lengths, 1e-12)).astype(np.float32)
    return scaled


def without_surrogates(text: str) -> str:
    """Replace halves of surrogate pairs, which no tokenizer takes; the length stays the same."""
    return "".join("\N{REPLACEMENT CHARACTER}" if "\ud800" <= char <= "\udfff" else char for char in text)
