"""Labelled lines as arrays: what the tuner and the heads learn from."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bot.packs import load_playbook
from nlp.corpus_check import NONE, Line, load_corpus
from nlp.reading import Said, earlier

if TYPE_CHECKING:
    from numpy.typing import NDArray

PLAYBOOK = load_playbook()
OBJECTIONS = tuple(PLAYBOOK.objections)
NEEDS = tuple(PLAYBOOK.needs)
CHANCE_SHARE = 0.25
CHANCE_SEED = 7


@dataclass(frozen=True)
class Marked:
    """The words `text[start:end]` of a message that show one class."""

    code: str
    start: int
    end: int
    stated: str | None = None


@dataclass(frozen=True)
class Example:
    """A customer's message with its objections, needs, and the words that show them.

    Objection spans are missing in the older files, so `objection_spans` may be shorter than
    `objections`; every need has its span.
    """

    text: str
    before: str
    objections: tuple[str, ...]
    objection_spans: tuple[Marked, ...]
    needs: tuple[Marked, ...]
    group: str
    severity: Mapping[str, int] = field(default_factory=dict)
    kind: str | None = None

    @property
    def said(self) -> Said:
        return Said(self.text, self.before)


def locate(text: str, words: str, code: str, stated: str | None = None) -> Marked:
    start = text.index(words)
    return Marked(code, start, start + len(words), stated)


def to_example(line: Line) -> Example:
    return Example(
        text=line.text,
        before=earlier(line.text, [(turn.speaker == "rep", turn.text) for turn in line.context]),
        objections=tuple(code for code in line.labels if code != NONE),
        objection_spans=tuple(locate(line.text, span.text, span.code) for span in line.spans or ()),
        needs=tuple(locate(line.text, need.evidence, need.code, need.stated) for need in line.needs),
        group=line.industry,
        severity=line.severity,
        kind=line.kind,
    )


def load_examples(folder: Path) -> list[Example]:
    """Read the customers' lines of every file in `folder`; a rep's words are never learned from."""
    lines = load_corpus(folder)
    examples = [to_example(line) for line in lines if line.speaker == "customer"]
    return list(with_chance_turns(examples, lines))


def with_chance_turns(examples: Sequence[Example], lines: Sequence[Line]) -> Iterator[Example]:
    """Put earlier turns that decide nothing before a share of the lines that have none.

    In a chat nearly every message has some. Whoever learns only from turns that explain the message
    would hear the doubt of a minute ago in a 好的.
    """
    chance = random.Random(CHANCE_SEED)  # noqa: S311 - reproducible, not secret
    for example in examples:
        if not example.before and chance.random() < CHANCE_SHARE:
            others = chance.sample(lines, chance.choice((1, 1, 2)))
            yield replace(
                example, before=earlier(example.text, [(line.speaker == "rep", line.text) for line in others])
            )
        else:
            yield example


def multi_hot(labels: Sequence[Sequence[str]], codes: Sequence[str]) -> NDArray[np.float32]:
    """Return a matrix (lines, codes) of zeros and ones."""
    columns = {code: column for column, code in enumerate(codes)}
    matrix = np.zeros((len(labels), len(codes)), np.float32)
    for row, line in enumerate(labels):
        for code in line:
            matrix[row, columns[code]] = 1
    return matrix


def targets(examples: Sequence[Example]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the objection matrix and the need matrix."""
    return (
        multi_hot([e.objections for e in examples], OBJECTIONS),
        multi_hot([[need.code for need in e.needs] for e in examples], NEEDS),
    )


def folds(examples: Sequence[Example], count: int) -> NDArray[np.intp]:
    """Give each line a fold by its industry, so that no industry is both learned and judged."""
    return np.array([zlib.crc32(example.group.encode()) % count for example in examples])
