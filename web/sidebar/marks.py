"""Cuts a customer's message into pieces, so that the words of each doubt can be marked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from bot.domain.sidebar import Doubt, Heard

SHORT_TEXT = 140
KEPT_AROUND = 26


@dataclass(frozen=True)
class Piece:
    """A stretch of text and the doubts that stand in it; none: plain text."""

    text: str
    doubts: tuple[Doubt, ...] = ()

    @property
    def codes(self) -> str:
        return " ".join(doubt.code for doubt in self.doubts)

    @property
    def names(self) -> str:
        return "、".join(doubt.name for doubt in self.doubts)


def pieces(heard: Heard) -> list[Piece]:
    """Return the message in pieces; where doubts overlap, the piece carries all of them."""
    spans = [(doubt, *_inside(doubt, len(heard.text))) for doubt in heard.doubts]
    cuts = sorted({0, len(heard.text), *(cut for _, *ends in spans for cut in ends)})
    return [
        Piece(heard.text[left:right], tuple(d for d, start, end in spans if start <= left and right <= end))
        for left, right in pairwise(cuts)
    ]


def excerpt(heard: Heard) -> list[Piece]:
    """Return the pieces of a long message with the plain stretches between marks shortened."""
    cut = pieces(heard)
    if len(heard.text) <= SHORT_TEXT:
        return cut
    last = len(cut) - 1
    return [
        piece if piece.doubts else replace(piece, text=_shortened(piece.text, head=i > 0, tail=i < last))
        for i, piece in enumerate(cut)
    ]


def _inside(doubt: Doubt, length: int) -> tuple[int, int]:
    start = min(max(doubt.start, 0), length)
    return start, min(max(doubt.end, start), length)


def _shortened(text: str, *, head: bool, tail: bool) -> str:
    """Keep what touches a mark: the head of a stretch after one, the tail of a stretch before one."""
    if not head and not tail:
        return text[:SHORT_TEXT] + "…" if len(text) > SHORT_TEXT else text
    kept_head, kept_tail = KEPT_AROUND * head, KEPT_AROUND * tail
    if len(text) <= kept_head + kept_tail + 1:
        return text
    return text[:kept_head] + "…" + text[len(text) - kept_tail :]
