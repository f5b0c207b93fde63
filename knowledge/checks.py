"""What must hold of all entries together before they ship or are saved; `python -m knowledge` runs it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from knowledge.entries import ANY_INDUSTRY, Entry
from knowledge.likeness import folded, likeness

AT_LEAST = 150
AT_LEAST_PER_CLASS = 8
NEAR_DUPLICATE = 0.5
EXAMPLES = 2
LENGTHS = {
    "title": (4, 20),
    "when": (8, 60),
    "reply": (30, 160),
    "why": (15, 100),
    "ask": (6, 50),
    "avoid": (4, 60),
    "example": (4, 60),
}
# Digits, and the Chinese ways to claim a quantity; 一天 or 半年 in passing claim nothing.
NUMBER = re.compile(r"[0-9０-９%％‰]|百分之|[一二两三四五六七八九十几百千万]+(?:成|倍|个点|万元|块钱)")


def check_entries(
    entries: Sequence[Entry],
    keywords: Mapping[str, Collection[str]],
    objections: Collection[str],
    industries: Collection[str] | None = None,
) -> list[str]:
    """Return one line per problem, beginning with the entry's id; an empty list is a pass.

    `keywords` are the plain words of each class, `objections` and `industries` the known codes.
    """
    return [
        *_of_the_whole(entries, objections),
        *_duplicates(entries),
        *(line for entry in entries for line in _of_one(entry, keywords, objections, industries)),
    ]


def _of_the_whole(entries: Sequence[Entry], objections: Collection[str]) -> Iterator[str]:
    if len(entries) < AT_LEAST:
        yield f"all: {len(entries)} entries, at least {AT_LEAST} are needed"
    count = Counter(entry.objection for entry in entries)
    general = {entry.objection for entry in entries if ANY_INDUSTRY in entry.industries}
    for code in objections:
        if count[code] < AT_LEAST_PER_CLASS:
            yield f"{code}: {count[code]} entries, at least {AT_LEAST_PER_CLASS} are needed"
        if code not in general:
            yield f"{code}: no entry serves {ANY_INDUSTRY} industry, so some customers would get no reply"
    for name, times in Counter(entry.id for entry in entries).items():
        if times > 1:
            yield f"{name}: {times} entries have this id"


def _duplicates(entries: Sequence[Entry]) -> Iterator[str]:
    yield from _alike("reply", [(entry.id, entry.reply) for entry in entries])
    yield from _alike("example", [(entry.id, example) for entry in entries for example in entry.examples])


def _alike(field: str, texts: Iterable[tuple[str, str]]) -> Iterator[str]:
    for (name, text), (other_name, other) in combinations(texts, 2):
        if (share := likeness(text, other)) >= NEAR_DUPLICATE:
            yield f"{name}: {field} is nearly that of {other_name} ({share:.2f} alike)"


def _of_one(
    entry: Entry,
    keywords: Mapping[str, Collection[str]],
    objections: Collection[str],
    industries: Collection[str] | None,
) -> Iterator[str]:
    if not re.fullmatch(rf"{re.escape(entry.objection)}-\d\d", entry.id):
        yield f"{entry.id}: id must be {entry.objection}-NN"
    yield from _unknown(entry, "class", entry.classes, objections)
    if industries is not None:
        yield from _unknown(entry, "industry", set(entry.industries) - {ANY_INDUSTRY}, industries)
    rules: tuple[Callable[[Entry], Iterator[str]], ...] = (_lengths, _wording, _numbers)
    for rule in rules:
        yield from rule(entry)
    yield from _examples(entry, keywords)


def _unknown(entry: Entry, what: str, names: Iterable[str], known: Collection[str]) -> Iterator[str]:
    yield from (f"{entry.id}: {what} {name} is unknown" for name in names if name not in known)


def _lengths(entry: Entry) -> Iterator[str]:
    fields = [(field, getattr(entry, field, None)) for field in LENGTHS]
    fields += [("example", example) for example in entry.examples]
    for field, text in fields:
        least, most = LENGTHS[field]
        if text is not None and not least <= len(text) <= most:
            yield f"{entry.id}: {field} has {len(text)} characters, {least} to {most} are allowed"


def _wording(entry: Entry) -> Iterator[str]:
    if not entry.ask.endswith("？") or entry.ask.count("？") != 1:
        yield f"{entry.id}: ask must be one question ending in ？"
    if entry.reply[-1] not in "。！？":
        yield f"{entry.id}: reply must end like a sentence"


def _numbers(entry: Entry) -> Iterator[str]:
    if entry.source:
        return
    for field in ("reply", "ask", "why"):
        if found := NUMBER.search(getattr(entry, field)):
            yield f"{entry.id}: {field} says {found.group()} and no source says where it is from"


def _examples(entry: Entry, keywords: Mapping[str, Collection[str]]) -> Iterator[str]:
    if len(entry.examples) != EXAMPLES:
        yield f"{entry.id}: has {len(entry.examples)} examples, {EXAMPLES} are needed"
    words = [word for code in entry.classes for word in keywords.get(code, ())]
    for example in entry.examples:
        for word in words:
            if folded(word) in folded(example):
                yield f"{entry.id}: example holds the keyword {word} of its class"
