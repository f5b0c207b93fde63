"""Cuts a message into clauses, and a long one into pieces, so that no doubt is lost among many words."""

from __future__ import annotations

import re

LONGEST = 80
SENTENCE = re.compile(r".*?(?:[。！？!?；;\n]+|$)", re.DOTALL)
PART = re.compile(r".*?(?:[，,、\s]+|$)", re.DOTALL)
CLAUSE = re.compile(r"[^，,。；;！!？?~～…\s]+")


def clauses(text: str) -> list[tuple[int, int]]:
    """Return (start, end) of what stands between punctuation."""
    return [match.span() for match in CLAUSE.finditer(text)]


def split_at(pattern: re.Pattern[str], text: str, start: int, end: int) -> list[tuple[int, int]]:
    return [(m.start(), m.end()) for m in pattern.finditer(text, start, end) if m.end() > m.start()]


def atoms(text: str) -> list[tuple[int, int]]:
    """Return parts no longer than LONGEST, cut at sentences, else at clauses, else by length."""
    found: list[tuple[int, int]] = []
    for sentence in split_at(SENTENCE, text, 0, len(text)):
        parts = [sentence] if sentence[1] - sentence[0] <= LONGEST else split_at(PART, text, *sentence)
        for start, end in parts:
            found += [(at, min(at + LONGEST, end)) for at in range(start, end, LONGEST)]
    return found


def pieces(text: str) -> list[tuple[int, int]]:
    """Return (start, end) of pieces that together are the whole text; a short text is one piece."""
    if len(text) <= LONGEST:
        return [(0, len(text))]
    joined: list[tuple[int, int]] = []
    for start, end in atoms(text):
        if joined and end - joined[-1][0] <= LONGEST:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
