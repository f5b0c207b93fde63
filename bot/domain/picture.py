"""The customer picture as a ledger: every statement stays, what stands now follows from all of them.

A `Picture` is a list of `Entry` rows in the order they were recorded. Recording, confirming and
withdrawing only add rows; which rows stand, which are in conflict and which were superseded is
worked out anew each time (`_settle`), so taking one message back restores what it had replaced.

How two different values of one topic meet (a topic is a slot, or one subject within a `multiple`
slot: a person, a parameter with its unit):

- a later explicit value of the same or a higher level supersedes the earlier one;
- a hedged value never replaces an explicit one, it stands beside it as `ambiguous`;
- a lower level never replaces a higher one: two explicit values are then in `conflict`;
- a denial after a value (预算50万, later 今年没有预算) is a `conflict`; a value after a denial settles it;
- the same value again only adds evidence, and the best level counts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.understanding import Evidence, Fact


class Status(StrEnum):
    """How sure a slot or a value is."""

    ABSENT = "absent"
    AMBIGUOUS = "ambiguous"
    CONFLICT = "conflict"
    FOUND = "found"


class Level(StrEnum):
    """Whose word it is: told to the bot by the rep, the customer's own, or confirmed on a card."""

    REP = "rep"
    CUSTOMER = "customer"
    CONFIRMED = "confirmed"

    @property
    def rank(self) -> int:
        return list(Level).index(self)


class Change(StrEnum):
    """What a row did to the picture."""

    ASSERTED = "asserted"
    CORRECTED = "corrected"
    RETRACTED = "retracted"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a statement came from. `said_at` is the message's own time; `by` the speaker's name."""

    message_id: int | None
    level: Level
    said_at: datetime
    by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row of the ledger. `id` counts from 1 within its picture.

    `hedged` is how it was said and never changes; `status` and `superseded_by` (the id of the row
    that replaced or retracted it) are worked out. A superseded or retracting row is `absent`.
    """

    id: int
    dim: str
    slot: str
    value: str
    change: Change
    level: Level
    said_at: datetime
    message_id: int | None = None
    by: str | None = None
    evidence: Evidence | None = None
    confidence: float = 1.0
    hedged: bool = False
    status: Status = Status.FOUND
    superseded_by: int | None = None
    role: str | None = None
    stance: str | None = None
    comparator: str | None = None
    number: float | None = None
    unit: str | None = None
    date: str | None = None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A value that stands now: its best row, every row that says the same, and what they replaced.

    `entry` carries the newest explicit wording, with role and stance filled from the others.
    """

    entry: Entry
    status: Status
    level: Level
    support: tuple[Entry, ...]
    replaced: tuple[Entry, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What is known of one customer. `multiple` names the slots (`dim.slot`) that hold several values."""

    entries: tuple[Entry, ...] = ()
    multiple: frozenset[str] = frozenset()

    def standing(self, dim: str | None = None) -> tuple[Standing, ...]:
        """Return the values that stand, in the order they were first said."""
        live = [e for e in self.entries if e.status is not Status.ABSENT and dim in (None, e.dim)]
        groups: list[list[Entry]] = []
        for entry in live:
            _join(groups, entry, self.multiple)
        return tuple(_stand(group, self.entries) for group in groups)

    def status(self, dim: str, slot: str | None = None) -> Status:
        """Return the state of a slot, or of a whole dimension: conflict, found, ambiguous or absent."""
        seen = {e.status for e in self.entries if e.dim == dim and slot in (None, e.slot)}
        order = (Status.CONFLICT, Status.FOUND, Status.AMBIGUOUS)
        return next((status for status in order if status in seen), Status.ABSENT)


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """The picture after a change, and the rows that are new or different now (to be stored)."""

    picture: Picture
    changed: tuple[Entry, ...]


def record(picture: Picture, fact: Fact, source: Source) -> Recorded:
    """Add what was said. A fact that only repeats what stands adds evidence."""
    entry = Entry(
        id=_next_id(picture), dim=fact.dim, slot=fact.slot, value=fact.value, change=Change.ASSERTED,
        level=source.level, said_at=source.said_at, message_id=source.message_id, by=source.by,
        evidence=fact.evidence, confidence=fact.confidence, hedged=fact.status == Status.AMBIGUOUS,
        role=fact.role, stance=fact.stance, comparator=fact.comparator, number=fact.number, unit=fact.unit,
        date=fact.date,
    )  # fmt: skip
    return _add(picture, entry)


def record_all(picture: Picture, facts: Iterable[Fact], source: Source) -> Recorded:
    """Add all facts of one message, in order."""
    before = picture
    for fact in facts:
        picture = record(picture, fact, source).picture
    return _difference(before, picture)


def confirm(picture: Picture, entry_id: int, source: Source) -> Recorded:
    """Confirm a value, as on a card: it stands at the source's level and ends a conflict."""
    told = _entry(picture, entry_id)
    return _add(picture, replace(_signed(told, picture, source), change=Change.CONFIRMED, hedged=False))


def retract(picture: Picture, entry_id: int, source: Source) -> Recorded:
    """Take one row back as wrong: it no longer counts, and what it replaced returns."""
    told = _entry(picture, entry_id)
    notice = replace(_signed(told, picture, source), change=Change.RETRACTED, evidence=None)
    rows = [replace(e, superseded_by=notice.id) if e.id == entry_id else e for e in picture.entries]
    return _difference(picture, replace(picture, entries=_settle((*rows, notice), picture.multiple)))


def withdraw(picture: Picture, message_id: int, source: Source) -> Recorded:
    """Take back every row that came from a recalled message, and nothing else."""
    before = picture
    gone = _retracted(picture.entries)
    for entry in before.entries:
        told_now = entry.change is not Change.RETRACTED and entry.id not in gone
        if entry.message_id == message_id and told_now:
            picture = retract(picture, entry.id, source).picture
    return _difference(before, picture)


def _next_id(picture: Picture) -> int:
    return max((e.id for e in picture.entries), default=0) + 1


def _entry(picture: Picture, entry_id: int) -> Entry:
    return next(e for e in picture.entries if e.id == entry_id)


def _signed(told: Entry, picture: Picture, source: Source) -> Entry:
    return replace(
        told, id=_next_id(picture), level=source.level, said_at=source.said_at,
        message_id=source.message_id, by=source.by, superseded_by=None,
    )  # fmt: skip


def _add(picture: Picture, entry: Entry) -> Recorded:
    entries = _settle((*picture.entries, entry), picture.multiple)
    if entry.change is Change.ASSERTED and any(e.superseded_by == entry.id for e in entries):
        entries = (*entries[:-1], replace(entries[-1], change=Change.CORRECTED))
    return _difference(picture, replace(picture, entries=entries))


def _difference(before: Picture, after: Picture) -> Recorded:
    known = set(before.entries)
    return Recorded(picture=after, changed=tuple(e for e in after.entries if e not in known))


# -- what stands -------------------------------------------------------------------------------


@dataclass
class _Claim:
    """Rows of one topic that say the same."""

    rows: list[Entry]

    @property
    def rank(self) -> int:
        return max(row.level.rank for row in self.rows)

    @property
    def hedged(self) -> bool:
        return all(row.hedged for row in self.rows)


@dataclass
class _Outcome:
    superseded: dict[int, int] = field(default_factory=dict)
    contested: set[int] = field(default_factory=set)


def _retracted(entries: Iterable[Entry]) -> set[int]:
    rows = tuple(entries)
    notices = {e.id for e in rows if e.change is Change.RETRACTED}
    return {e.id for e in rows if e.superseded_by in notices}


def _settle(entries: tuple[Entry, ...], multiple: frozenset[str]) -> tuple[Entry, ...]:
    gone = _retracted(entries)
    topics: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        if entry.id not in gone and entry.change is not Change.RETRACTED:
            for topic in _topics(entry, multiple):
                topics.setdefault(topic, []).append(entry)
    outcome = _Outcome()
    for rows in topics.values():
        _debate(rows, outcome)
    return tuple(_judged(entry, gone, outcome) for entry in entries)


def _judged(entry: Entry, gone: set[int], outcome: _Outcome) -> Entry:
    if entry.id in gone or entry.change is Change.RETRACTED:
        return replace(entry, status=Status.ABSENT)
    replaced_by = outcome.superseded.get(entry.id)
    if replaced_by is not None:
        status = Status.ABSENT
    elif entry.id in outcome.contested:
        status = Status.CONFLICT
    else:
        status = Status.AMBIGUOUS if entry.hedged else Status.FOUND
    return replace(entry, status=status, superseded_by=replaced_by)


def _debate(rows: list[Entry], outcome: _Outcome) -> None:
    standing: list[_Claim] = []
    for entry in rows:
        mine = next((claim for claim in standing if _same(claim.rows[-1], entry)), _Claim([]))
        mine.rows.append(entry)
        rivals = [claim for claim in standing if claim is not mine]
        beaten = [claim for claim in rivals if _yields(claim, mine, entry)]
        outcome.superseded |= {row.id: entry.id for claim in beaten for row in claim.rows}
        standing = [claim for claim in rivals if claim not in beaten] + [mine]
    firm = [claim for claim in standing if not claim.hedged]
    if len(firm) > 1:
        outcome.contested |= {row.id for claim in firm for row in claim.rows}


def _yields(claim: _Claim, mine: _Claim, entry: Entry) -> bool:
    """Return whether an earlier claim gives way to what was just said."""
    firm_enough = claim.hedged or not entry.hedged
    return mine.rank >= claim.rank and firm_enough and not _denied(claim, entry)


def _denied(claim: _Claim, entry: Entry) -> bool:
    return _denies(entry) and not _denies(claim.rows[-1]) and entry.level.rank <= claim.rank


def _stand(group: list[Entry], entries: tuple[Entry, ...]) -> Standing:
    best = max(group, key=lambda e: (not e.hedged, e.id))
    role = best.role or next((e.role for e in reversed(group) if e.role), None)
    stance = best.stance or next((e.stance for e in reversed(group) if e.stance), None)
    ids, replaced = {e.id for e in group}, []
    for entry in reversed(entries):
        if entry.superseded_by in ids and entry.slot == best.slot:
            ids.add(entry.id)
            replaced.append(entry)
    statuses = {e.status for e in group}
    status = Status.CONFLICT if Status.CONFLICT in statuses else best.status
    level = max((e.level for e in group), key=lambda one: one.rank)
    return Standing(
        entry=replace(best, role=role, stance=stance), status=status, level=level,
        support=tuple(group), replaced=tuple(reversed(replaced)),
    )  # fmt: skip


def _join(groups: list[list[Entry]], entry: Entry, multiple: frozenset[str]) -> None:
    for group in groups:
        same_topic = _topics(group[0], multiple)[0] == _topics(entry, multiple)[0]
        if same_topic and group[0].slot == entry.slot and _same(group[-1], entry):
            group.append(entry)
            return
    groups.append([entry])


# -- what is the same --------------------------------------------------------------------------

_DENIAL = re.compile(r"[无没]\S{0,6}预算|预算\S{0,4}(取消|冻结|砍掉|收回|没了)|不批|零预算")
_NUMBER_AT = re.compile(r"[≤≥±=<>≈约]|\d")
_NOISE = re.compile(r"[\s,.;:!?，。；：！？、()（）\[\]【】\"'“”]")


def _denies(entry: Entry) -> bool:
    """Return whether money is refused: noted under `approval`, it speaks against the amount as well."""
    return entry.dim == "budget" and bool(_DENIAL.search(entry.value))


def _topics(entry: Entry, multiple: frozenset[str]) -> tuple[tuple[str, str], ...]:
    slot = f"{entry.dim}.{entry.slot}"
    own = (slot, _subject(entry) if slot in multiple else "")
    return (own, ("budget.amount", "")) if _denies(entry) and slot != "budget.amount" else (own,)


def _subject(entry: Entry) -> str:
    """Return what a value of a `multiple` slot is about: two values about the same thing compete."""
    if entry.slot == "person":
        return plain(re.split(r"[（(]", entry.value)[0])
    if entry.number is None:
        return plain(entry.value)
    name = _NUMBER_AT.split(entry.value, maxsplit=1)[0]
    return f"{plain(name)}|{plain(entry.unit or '')}"


def _same(one: Entry, other: Entry) -> bool:
    if plain(one.value) == plain(other.value):
        return True
    if one.slot == "person":
        return _subject(one) == _subject(other)
    figures = (one.number, one.unit, one.comparator), (other.number, other.unit, other.comparator)
    return one.number is not None and figures[0] == figures[1]


def plain(text: str) -> str:
    """Return the text without width, case, spaces and punctuation, to compare by."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text).casefold())
