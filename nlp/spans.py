"""Finds the words of a message that show one class: the clauses that speak most for it."""

from __future__ import annotations

from bot.domain.understanding import Evidence
from nlp.heads import Linear
from nlp.pieces import clauses
from nlp.reading import Floats, Reading

EDGES = "，,。、.；;！!？?~～…：: \t\r\n\u3000"


def best_stretch(scores: Floats) -> tuple[int, int]:
    """Return (first, after last) of the stretch with the greatest sum; at least one element."""
    best, found, start, total = float("-inf"), (0, 1), 0, 0.0
    for at, score in enumerate(scores.tolist()):
        if total <= 0:
            start, total = at, 0.0
        total += score
        if total > best:
            best, found = total, (start, at + 1)
    return found


def whole_clauses(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a stretch to the clauses that it touches; without any it stays."""
    touched = [(first, after) for first, after in clauses(text) if first < end and after > start]
    return (touched[0][0], touched[-1][1]) if touched else (start, end)


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave punctuation at the edges out; words of nothing else stay as they are."""
    inner = text[start:end].strip(EDGES)
    if not inner:
        return start, end
    start = text.index(inner, start)
    return start, start + len(inner)


def evidence_for(reading: Reading, words: Linear, column: int) -> Evidence:
    """Return the evidence for the class in `column`: an exact piece of the text, never empty."""
    text = reading.text
    start, end = 0, len(text)
    if reading.places:
        scores = reading.words @ words.weights[:, column] + words.bias[column]
        first, after = best_stretch(scores)
        start, end = whole_clauses(text, reading.places[first][0], reading.places[after - 1][1])
    start, end = trimmed(text, start, end)
    return Evidence(text=text[start:end], start=start, end=end)
