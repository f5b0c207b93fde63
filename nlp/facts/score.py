"""Score facts against gold: `python -m nlp.facts.score FILE…` prints figures as JSON, one object.

A file is a labelled corpus (`text`, `facts`) or a set of dialogues (`turns`, `gold`). Facts of one corpus
line, or of one whole dialogue, are matched one to one with its gold values of the same dimension and
slot, by three measures that grow more lenient:

- `value`: the values are equal after normalising, or their character-bigram similarity (Dice) is at
  least 0.5; amounts, dates, codes, parameters and rates must also name the same numbers;
- `fuzzy`: as `value`, or for slots of free text (gold values are paraphrases) at least half of the
  characters of the shorter of gold value and read value (or its evidence) stand in the other;
- `words` (corpus only): as `fuzzy`, or the value was taken from the words that gold names as evidence.

`from_rep` counts facts that repeat a `not_gold` value of a dialogue with status `found`.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.domain.conversation import Speaker
from bot.domain.understanding import Fact, Turn, Utterance
from nlp.facts.examples import Example, example_of, rows
from nlp.facts.numerals import find, plain_number
from nlp.facts.reader import FactReader
from nlp.facts.tidy import in_figures

CONTEXT_TURNS = 4
_SIMILAR = 0.5
NUMERIC = frozenset({
    "budget.amount", "timeline.deadline", "timeline.window", "fault_history.fault_code", "fault_history.frequency",
    "fault_history.downtime", "tech_requirements.parameter", "current_state.volume", "bottleneck.takt", "bottleneck.rate",
})  # fmt: skip
NAMED = frozenset({
    "budget.amount", "timeline.deadline", "timeline.window", "fault_history.fault_code", "tech_requirements.parameter",
    "decision_chain.person", "competition.name",
})  # fmt: skip
_SAME_WORD = (
    ("个小时", "小时"), ("余", "多"), ("回", "次"), ("礼拜", "周"), ("每", "一"), ("号", "日"), ("约", ""), ("左右", ""),
    ("下个月", "下月"), ("这个月", "本月"), ("上个月", "上月"),
)  # fmt: skip
_NOISE = re.compile(r"[\s()\[\]，。、；：:;,'\"“”/|~<=>≤≥±]")


@dataclass(frozen=True)
class Gold:
    """A gold value; `words` is its evidence where the file gives one."""

    slot: str
    value: str
    role: str | None = None
    words: str = ""


@dataclass(frozen=True)
class Document:
    """Utterances that belong together, their gold values, and values that nobody confirmed (slot is a dim)."""

    utterances: tuple[Utterance, ...]
    gold: tuple[Gold, ...]
    traps: tuple[Gold, ...] = ()


def normal(text: str) -> str:
    """Return a value to compare by: no width, case, spaces or punctuation; one word per unit; in figures."""
    text = in_figures(unicodedata.normalize("NFKC", text)).casefold()
    for one, other in _SAME_WORD:
        text = text.replace(one, other)
    return _NOISE.sub("", text)


def similarity(one: str, other: str, size: int = 2) -> float:
    """Return the Dice coefficient of the character n-grams (of characters for very short values)."""
    size = size if min(len(one), len(other)) > size else 1
    left = Counter(one[i : i + size] for i in range(len(one) - size + 1))
    right = Counter(other[i : i + size] for i in range(len(other) - size + 1))
    total = left.total() + right.total()
    return 2 * (left & right).total() / total if total else 0.0


def figures(text: str) -> set[str]:
    """Return the numbers of a value, in units of one; both ends of a range; a bare 一 is none."""
    text = unicodedata.normalize("NFKC", text)
    return {plain_number(end) for n in find(text) if text[n.start : n.end] != "一" for end in (n.low, n.high)}


def values_match(slot: str, said: str, gold: str) -> bool:
    """Return whether two values of one slot agree by the strict measure."""
    left, right = normal(said), normal(gold)
    if left == right:
        return True
    if slot in NUMERIC:
        agreed = figures(said) <= figures(gold) and bool(figures(said)) == bool(figures(gold))
        return agreed and max(similarity(left, right), similarity(left, right, 1)) >= _SIMILAR
    short, long = sorted((left, right), key=len)
    return similarity(left, right) >= _SIMILAR or (slot in NAMED and len(short) >= 2 and short in long)


def fuzzy_match(fact: Fact, gold: Gold) -> bool:
    """Return whether a free-text fact covers at least half of the characters of the gold value, or the reverse."""
    if gold.slot in NUMERIC | NAMED and (figures(gold.value) or gold.slot != "tech_requirements.parameter"):
        return False
    right = normal(gold.value)
    return any(_overlap(normal(text), right) >= _SIMILAR for text in (fact.value, fact.evidence.text))


def _overlap(left: str, right: str) -> float:
    shared = (Counter(left) & Counter(right)).total()
    return shared / min(len(left), len(right)) if min(len(left), len(right)) >= 2 else 0.0


def words_match(fact: Fact, gold: Gold) -> bool:
    """Return whether a free-text fact was taken from the gold words."""
    if not gold.words or gold.slot in NUMERIC | NAMED:
        return False
    said, words = normal(fact.evidence.text), normal(gold.words)
    inside = min(len(said), len(words)) >= 4 and (said in words or words in said)
    return inside or similarity(said, words) >= _SIMILAR


_MEASURES: dict[str, tuple[Callable[[Fact, Gold], bool], ...]] = {
    "value": (), "fuzzy": (fuzzy_match,), "words": (fuzzy_match, words_match),
}  # fmt: skip


def pair(facts: Sequence[Fact], gold: Sequence[Gold], measure: str = "value") -> list[tuple[Fact, Gold]]:
    """Return the matches, each fact and each gold value used once."""
    open_gold, pairs = list(gold), []
    for fact in facts:
        slot = f"{fact.dim}.{fact.slot}"
        for one in open_gold:
            strict = one.slot == slot and values_match(slot, fact.value, one.value)
            if strict or (one.slot == slot and any(also(fact, one) for also in _MEASURES[measure])):
                pairs.append((fact, one))
                open_gold.remove(one)
                break
    return pairs


def documents(path: Path) -> Iterator[Document]:
    """Yield the documents of a file; lines without labels are passed over."""
    for row in rows(path):
        if "turns" in row:
            yield _dialogue(row)
        elif "facts" in row:
            yield document_of(example_of(row, path.stem))


def document_of(example: Example) -> Document:
    """Return a corpus line as a document."""
    gold = tuple(_gold(f"{fact['dim']}.{fact['slot']}", fact) for fact in example.facts)
    return Document((example.utterance,), gold)


def _gold(slot: str, held: dict[str, Any]) -> Gold:
    return Gold(slot, held["value"], held.get("role"), held.get("evidence", ""))


def _dialogue(row: dict[str, Any]) -> Document:
    gold: list[Gold] = []
    for dim, values in row["gold"]["dimensions"].items():
        for value in values:
            slot = f"{dim}.{value['slot']}"
            gold += [_gold(slot, value), *(_gold(slot, old) for old in value.get("superseded", []))]
            if "relation" in value:
                gold.append(Gold("competition.relation", f"{value['value']}：{value['relation']}"))
    turns = [Turn(speaker=Speaker(t["speaker"]), text=t["text"]) for t in row["turns"]]
    told = tuple(
        Utterance(
            text=turn.text, speaker=turn.speaker, context=tuple(turns[max(0, place - CONTEXT_TURNS) : place])
        )
        for place, turn in enumerate(turns)
    )
    traps = tuple(Gold(trap["dimension"], trap["value"]) for trap in row["gold"].get("not_gold", []))
    return Document(told, tuple(gold), traps)


@dataclass
class Tallies:
    """Counts over documents: per slot said, gold and matched; people; values that only the rep said."""

    slots: dict[str, Counter[str]] = field(default_factory=dict)
    people: Counter[str] = field(default_factory=Counter)

    def add(self, document: Document, reader: FactReader) -> None:
        """Read a document and count."""
        facts = _once(fact for utterance in document.utterances for fact in reader.read(utterance))
        for fact in facts:
            self._of(f"{fact.dim}.{fact.slot}")["said"] += 1
        for one in document.gold:
            self._of(one.slot)["gold"] += 1
        for name in _MEASURES:
            for _, one in pair(facts, document.gold, name):
                self._of(one.slot)[name] += 1
        matched = [(fact, gold) for fact, gold in pair(facts, document.gold) if gold.role]
        self.people["found"] += len(matched)
        self.people["right"] += sum(fact.role == gold.role for fact, gold in matched)
        self.people["from_rep"] += sum(_trapped(fact, trap) for fact in facts for trap in document.traps)

    def _of(self, slot: str) -> Counter[str]:
        return self.slots.setdefault(slot, Counter())

    def summary(self) -> dict[str, Any]:
        """Return the figures for the slots with a grammar, for the others, for all, and for each."""
        groups = {"named": NAMED, "other": frozenset(self.slots) - NAMED, "all": frozenset(self.slots)}
        totals = {
            name: _total(self.slots[slot] for slot in slots if slot in self.slots)
            for name, slots in groups.items()
        }
        right = round(self.people["right"] / max(1, self.people["found"]), 3)
        return {
            **{name: _row(total) for name, total in totals.items()},
            "people": {"found": self.people["found"], "role_right": right},
            "from_rep": self.people["from_rep"],
            "slots": {slot: _row(self.slots[slot]) for slot in sorted(self.slots)},
        }


def _total(tallies: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for tally in tallies:
        total += tally
    return total


def _once(facts: Iterable[Fact]) -> list[Fact]:
    return list({(f.dim, f.slot, normal(f.value), f.role): f for f in facts}.values())


def _trapped(fact: Fact, trap: Gold) -> bool:
    same = fact.dim == trap.slot and figures(fact.value) == figures(trap.value) != set()
    return same and fact.status == "found" and values_match(f"{fact.dim}.{fact.slot}", fact.value, trap.value)


def _row(tally: Counter[str]) -> dict[str, float]:
    held = max(1, tally["said"] + tally["gold"])
    f1 = {f"f1_{name}": round(2 * tally[name] / held, 3) for name in _MEASURES}
    precision, recall = tally["value"] / max(1, tally["said"]), tally["value"] / max(1, tally["gold"])
    return {
        "gold": tally["gold"],
        "said": tally["said"],
        **f1,
        "precision": round(precision, 3),
        "recall": round(recall, 3),
    }


def measure(told: Iterable[Document], reader: FactReader) -> dict[str, Any]:
    """Return the figures over all documents."""
    tallies = Tallies()
    for document in told:
        tallies.add(document, reader)
    return tallies.summary()


def main(paths: Sequence[str]) -> None:
    """Print the figures for the files, read as one set."""
    told = (document for path in paths for document in documents(Path(path)))
    sys.stdout.write(json.dumps(measure(told, FactReader()), ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
