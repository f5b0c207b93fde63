"""How far two readers agree on the corpus, and how much of it says the same thing twice."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from nlp.corpus_check import Line, Reading

RUN = 3
ALIKE = 0.6
"""Share of common runs of three characters from which two texts are near duplicates."""
FRAME = 9
FRAME_LINES = 3
"""A run of so many characters that stands in so many lines is a template."""


def report(lines: Sequence[Line]) -> list[str]:
    """Say, a line each, how the readers agree on objections and needs, and how much is said twice."""
    told = []
    for what, codes_of in (("objections", attrgetter("labels")), ("needs", attrgetter("needs"))):
        found = agreement(lines, codes_of)
        if found.lines:
            told.append(
                f"agreement on {what}: kappa {found.kappa:.3f}, the same on {found.exact:.1%} of "
                f"{found.lines} lines; "
                + ", ".join(f"{code} {value:.2f}" for code, value in found.kappas.items())
            )
    repeated, framed = near_duplicates(lines), from_templates(lines)
    told.append(f"near duplicates: {len(repeated) / max(len(lines), 1):.2%} ({len(repeated)} lines)")
    told.append(f"from templates: {len(framed) / max(len(lines), 1):.2%} ({len(framed)} lines)")
    return told


@dataclass(frozen=True)
class Agreement:
    """Cohen's kappa a code, and their mean weighted by how often either reader saw the code."""

    lines: int
    exact: float
    kappas: dict[str, float]
    kappa: float


def agreement(lines: Iterable[Line], codes_of: Callable[[Reading], Sequence[str]]) -> Agreement:
    """Hold the two readings of each line that has them against each other; `codes_of` picks what is compared."""
    pairs = [
        (set(codes_of(line.readings[0])), set(codes_of(line.readings[1])))
        for line in lines
        if len(line.readings) == 2
    ]
    used = Counter(code for pair in pairs for codes in pair for code in codes)
    kappas = {code: kappa([code in a for a, _ in pairs], [code in b for _, b in pairs]) for code in used}
    total = sum(used.values())
    return Agreement(
        lines=len(pairs),
        exact=sum(a == b for a, b in pairs) / max(len(pairs), 1),
        kappas=dict(sorted(kappas.items())),
        kappa=sum(kappas[code] * count for code, count in used.items()) / max(total, 1),
    )


def kappa(first: Sequence[bool], second: Sequence[bool]) -> float:
    """Return Cohen's kappa of two yes/no readings of the same lines; 1 where both always say the same."""
    count = len(first)
    seen = sum(a == b for a, b in zip(first, second, strict=True)) / count
    yes = sum(first) / count * sum(second) / count
    by_chance = yes + (1 - sum(first) / count) * (1 - sum(second) / count)
    return 1.0 if by_chance == 1 else (seen - by_chance) / (1 - by_chance)


def bare(text: str) -> str:
    """Leave only letters and digits, width and case alike."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).lower() if char.isalnum())


def near_duplicates(lines: Sequence[Line]) -> list[tuple[Line, Line]]:
    """Return each line that says nearly what an earlier one says, with that one.

    A line with earlier turns is its turns too: the same 嗯 after other words is another line.
    """
    seen: dict[str, list[int]] = defaultdict(list)
    runs: list[frozenset[str]] = []
    found = []
    for number, line in enumerate(lines):
        whole = bare("".join(turn.text for turn in line.context) + line.text)
        own = frozenset(whole[at : at + RUN] for at in range(max(len(whole) - RUN + 1, 1)))
        shared = Counter(other for run in own for other in seen[run])
        for other, common in shared.most_common(1):
            if common / len(own | runs[other]) >= ALIKE:
                found.append((line, lines[other]))
        for run in own:
            seen[run].append(number)
        runs.append(own)
    return found


def templates(lines: Sequence[Line]) -> set[str]:
    """Return the long runs of characters that stand in several lines."""
    counts = Counter(
        run
        for line in lines
        for run in {
            text[at : at + FRAME] for text in [bare(line.text)] for at in range(len(text) - FRAME + 1)
        }
    )
    return {run for run, count in counts.items() if count >= FRAME_LINES}


def from_templates(lines: Sequence[Line]) -> list[Line]:
    """Return the lines that hold a template."""
    known = templates(lines)
    return [line for line in lines if any(run in bare(line.text) for run in known)]


def leaks(lines: Iterable[Line], judged: Iterable[str]) -> list[Line]:
    """Return the lines whose text also stands in an evaluation file."""
    texts = {bare(text) for text in judged}
    return [line for line in lines if bare(line.text) in texts and len(bare(line.text)) >= FRAME]
