"""The labelled corpus: read strictly, and held against the codes of a pack."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from bot.domain.playbook import Playbook
from bot.errors import CannotProcess
from bot.packs import load_playbook

NONE = "none"
Severity = Literal[1, 2, 3]
CORPUS = Path(__file__).parent / "corpus"
_STRICT = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, kw_only=True)
class NeedLabel:
    """A need, and the words of the text it is read from."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    code: str
    evidence: str
    stated: Literal["explicit", "implicit"]


@dataclass(frozen=True, kw_only=True)
class Span:
    """The words of the text that show one objection."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    code: str
    text: str


@dataclass(frozen=True, kw_only=True)
class FactLabel:
    """A value for a slot of the twelve dimensions, and the words of the text it is read from."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    dim: str
    slot: str
    value: str
    evidence: str
    role: (
        Literal["decider", "budget_holder", "influencer", "champion", "user", "gatekeeper", "blocker"] | None
    ) = None
    stance: Literal["support", "neutral", "oppose"] | None = None
    status: Literal["found", "ambiguous"] = "found"


@dataclass(frozen=True, kw_only=True)
class Turn:
    """An earlier message of the same conversation."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    speaker: Literal["customer", "rep"]
    text: str


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What one reader read in a line, before the two were held against each other."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    labels: tuple[str, ...]
    needs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One labelled message. `spans` and `facts` are None where the file does not label them.

    `severity` holds 1 (a doubt), 2 (a clear objection) or 3 (it would end the deal) by objection;
    `kind` tells the soft refusals apart; `readings` are the writer's and the second reader's.
    `source` is `file:line`, both as a reader finds them.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    text: str
    labels: tuple[str, ...]
    needs: tuple[NeedLabel, ...]
    dims: tuple[str, ...]
    speaker: Literal["customer", "rep"]
    industry: str
    style: Literal["direct", "oblique", "multi", "asr", "long"]
    spans: tuple[Span, ...] | None = None
    facts: tuple[FactLabel, ...] | None = None
    context: tuple[Turn, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    kind: Literal["hesitation", "brush_off", "waiting_competitor", "missing_info"] | None = None
    readings: tuple[Reading, ...] = ()
    source: str = ""


_LINE = TypeAdapter(Line)


def load_corpus(folder: Path = CORPUS) -> list[Line]:
    """Return every line of the `*.jsonl` files in `folder`, in order of file and line.

    CannotProcess names the file, the line and what is wrong with it.
    """
    return [line for file in sorted(folder.glob("*.jsonl")) for line in _read(file)]


def check_corpus(lines: Sequence[Line], playbook: Playbook) -> list[str]:
    """Return what is wrong with the labels, each with its `file:line`; nothing wrong: an empty list."""
    codes = _codes(playbook)
    problems = [
        f"{line.source}: {problem}"
        for line in lines
        for problem in (*_strange_codes(line, codes), *_lost_words(line), *_bad_company(line))
    ]
    return problems + list(_repeats(lines))


def count_corpus(lines: Iterable[Line]) -> dict[str, Counter[str]]:
    """Return how many lines carry each label, need, dimension, style and speaker.

    A rep's lines count under `speaker` only.
    """
    counts: dict[str, Counter[str]] = {key: Counter() for key in ("label", "need", "dim", "style", "speaker")}
    for line in lines:
        counts["speaker"][line.speaker] += 1
        if line.speaker == "customer":
            counts["label"].update(set(line.labels))
            counts["need"].update({need.code for need in line.needs})
            counts["dim"].update(set(line.dims))
            counts["style"][line.style] += 1
    return counts


def _read(file: Path) -> Iterator[Line]:
    # Split at line feeds alone: str.splitlines would also cut a text at U+2028.
    rows = file.read_bytes().removesuffix(b"\n").split(b"\n")
    for number, row in enumerate(rows, start=1):
        source = f"{file.name}:{number}"
        try:
            yield replace(_LINE.validate_json(row), source=source)
        except ValidationError as error:
            raise CannotProcess(f"{source}: {_reasons(error)}") from error


def _reasons(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, one['loc'])) or 'line'}: {one['msg']}"
        for one in error.errors(include_url=False, include_input=False)
    )


def _codes(playbook: Playbook) -> dict[str, frozenset[str]]:
    return {
        "label": frozenset(playbook.objections) | {NONE},
        "need": frozenset(playbook.needs),
        "dim": frozenset(dim.code for dim in playbook.dimensions),
        "slot": frozenset(f"{dim.code}.{slot}" for dim in playbook.dimensions for slot in dim.slots),
    }


def _strange_codes(line: Line, codes: dict[str, frozenset[str]]) -> Iterator[str]:
    used = {
        "label": set(line.labels),
        "need": {need.code for need in line.needs},
        "dim": set(line.dims),
        "slot": {f"{fact.dim}.{fact.slot}" for fact in line.facts or ()},
    }
    for kind, found in used.items():
        yield from (f"no such {kind}: {code}" for code in sorted(found - codes[kind]))


def _lost_words(line: Line) -> Iterator[str]:
    words = (
        *(need.evidence for need in line.needs),
        *(span.text for span in line.spans or ()),
        *(fact.evidence for fact in line.facts or ()),
    )
    yield from (f"not in the text: {found!r}" for found in words if not found or found not in line.text)


def _bad_company(line: Line) -> Iterator[str]:
    if not line.labels or len(set(line.labels)) != len(line.labels):
        yield "no label, or one twice"
    for code in (NONE, "stalling"):
        if code in line.labels and len(line.labels) > 1:
            yield f"{code} stands alone"
    if line.spans is not None and {span.code for span in line.spans} != set(line.labels) - {NONE}:
        yield "labels and spans differ"
    if line.speaker == "rep" and (line.labels != (NONE,) or line.needs or line.dims or line.facts):
        yield "a rep's words carry no labels"


def _repeats(lines: Sequence[Line]) -> Iterator[str]:
    first: dict[tuple[str, tuple[Turn, ...]], str] = {}
    for line in lines:
        source = first.setdefault((line.text, line.context), line.source)
        if source != line.source:
            yield f"{line.source}: the same text and context as {source}"


def main(folder: Path = CORPUS) -> int:
    """Write counts, agreement, repetition and problems of the corpus in `folder`; return 1 for problems."""
    lines = load_corpus(folder)
    for kind, counter in count_corpus(lines).items():
        listed = ", ".join(f"{code} {count}" for code, count in counter.most_common())
        sys.stdout.write(f"{kind}: {listed}\n")
    from nlp.corpus_report import report  # noqa: PLC0415 (it reads the lines defined here)

    sys.stdout.writelines(f"{line}\n" for line in report(lines))
    problems = check_corpus(lines, load_playbook())
    sys.stdout.writelines(f"{problem}\n" for problem in problems)
    sys.stdout.write(f"{len(lines)} lines, {len(problems)} problems\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))
