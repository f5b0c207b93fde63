"""Finds the words of a message that show one class: the stretch of tokens that speaks most for it."""

from __future__ import annotations

from bot.domain.understanding import Evidence
from nlp.heads import Linear
from nlp.reading import Floats, Reading

EDGES = " \t\r\n，,。.、;；!！~～…:："


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


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave punctuation at the edges out; words of nothing else stay as they are."""
    while start < end and text[start] in EDGES:
        start += 1
    while end > start and text[end - 1] in EDGES:
        end -= 1
    return start, end


def evidence_for(reading: Reading, words: Linear, column: int) -> Evidence:
    """Return the evidence for the class in `column`: an exact piece of the text, never empty."""
    text = reading.text
    if not reading.places:
        return Evidence(text=text, start=0, end=len(text))
    scores = reading.words @ words.weights[:, column] + words.bias[column]
    first, after = best_stretch(scores)
    start, end = trimmed(text, reading.places[first][0], reading.places[after - 1][1])
    if start == end:
        start, end = 0, len(text)
    return Evidence(text=text[start:end], start=start, end=end)
