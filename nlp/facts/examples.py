"""The labelled corpus as clauses with slots, and as utterances with gold facts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.domain.conversation import Speaker
from bot.domain.understanding import Turn, Utterance
from nlp.facts.passage import Passage, passage_of

LABELLED = ("t06", "t10", "t17")


@dataclass(frozen=True)
class Example:
    """One labelled line: `facts` as in the corpus (dim, slot, value, evidence, role, ...), `source` its file."""

    utterance: Utterance
    facts: tuple[dict[str, Any], ...]
    source: str

    @property
    def passage(self) -> Passage:
        return passage_of(self.utterance)

    def clause_slots(self) -> list[set[str]]:
        """Return for each clause the slots whose evidence covers at least half of it, or lies in it."""
        return [self._slots_in(clause.start, clause.end) for clause in self.passage.clauses]

    def _slots_in(self, start: int, end: int) -> set[str]:
        found = set()
        for fact in self.facts:
            first = self.utterance.text.find(fact["evidence"])
            last = first + len(fact["evidence"])
            if min(last, end) - max(first, start) >= 0.5 * min(last - first, end - start):
                found.add(f"{fact['dim']}.{fact['slot']}")
        return found


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects of a file, one a line."""
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def example_of(row: dict[str, Any], source: str) -> Example:
    """Return the example that a corpus row holds."""
    turns = tuple(Turn(speaker=Speaker(t["speaker"]), text=t["text"]) for t in row.get("context", []))
    utterance = Utterance(text=row["text"], speaker=Speaker(row.get("speaker", "customer")), context=turns)
    return Example(utterance, tuple(row.get("facts", [])), source)


def load(folder: Path, names: Sequence[str] = LABELLED) -> list[Example]:
    """Return the labelled examples of these files, rep lines included."""
    return [example_of(row, name) for name in names for row in rows(folder / f"{name}.jsonl")]


def without_facts(folder: Path, labelled: Iterable[str] = LABELLED) -> list[Example]:
    """Return the customer lines of the other files that touch no dimension at all."""
    files = (path for path in sorted(folder.glob("*.jsonl")) if path.stem not in set(labelled))
    return [
        example_of(row, path.stem)
        for path in files
        for row in rows(path)
        if row["speaker"] == "customer" and not row.get("dims", True)
    ]
