"""Finds the replies that fit a customer's words: by class, by context, by sense and words, each move once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.domain.suggestion import Passage, Query
from bot.interfaces import Encoder
from knowledge.entries import ANY_INDUSTRY, ENTRIES, Entry, load_entries
from knowledge.fitting import Setting, fitted_score, setting_of
from knowledge.industries import Industries, load_industries
from knowledge.lexical import Floats
from knowledge.likeness import likeness
from knowledge.section import Section, sense_texts
from knowledge.vectors import read_vectors, write_vectors

SAME_MOVE = 0.3


@dataclass(frozen=True)
class _Found:
    entry: Entry
    objection: str
    score: float


@dataclass(frozen=True)
class _Shelf:
    """All that answers queries, replaced as a whole so that no query sees half of an edit."""

    sections: dict[str, Section]
    vectors: Mapping[str, Floats]


class HybridRetriever:
    """Implements `bot.interfaces.Retriever` over entries. Thread-safe; `replace` may run beside queries.

    `industries` are the words that show an industry; without them an industry shows by its name only.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        encoder: Encoder,
        industries: Industries | None = None,
        known: Mapping[str, Floats] | None = None,
    ) -> None:
        self._encoder = encoder
        self._industries = industries or _by_name(entries)
        self._shelf = self._build(entries, known or {})

    @property
    def vectors(self) -> Mapping[str, Floats]:
        """The vector of each text that entries are found by."""
        return self._shelf.vectors

    def replace(self, entries: Sequence[Entry]) -> None:
        """Answer from these entries from now on; only texts not seen before are encoded."""
        self._shelf = self._build(entries, self._shelf.vectors)

    def retrieve(self, query: Query) -> list[Passage]:
        """Return at most `query.limit` passages: the best of each class first, in the query's order."""
        shelf = self._shelf
        sections = {code: shelf.sections[code] for code in query.objections if code in shelf.sections}
        if not sections or query.limit < 1:
            return []
        vector = self._encoder.encode([query.text])[0]
        setting = setting_of(query, self._industries)
        ranked = [
            self._ranked(code, section, section.scores(query.text, vector), setting)
            for code, section in sections.items()
        ]
        return _passages(_each_move_once(ranked, query.limit))

    def _ranked(self, code: str, section: Section, scores: Floats, setting: Setting) -> list[_Found]:
        """Return the entries that fit the setting, best first."""
        found = [
            _Found(entry, code, score)
            for entry, raw in zip(section.entries, scores.tolist(), strict=True)
            if (score := fitted_score(entry, raw, setting, self._industries)) is not None
        ]
        return sorted(found, key=lambda one: (-one.score, one.entry.id))

    def _build(self, entries: Sequence[Entry], known: Mapping[str, Floats]) -> _Shelf:
        texts = list(dict.fromkeys(text for entry in entries for text in sense_texts(entry)))
        new = [text for text in texts if text not in known]
        made = dict(zip(new, self._encoder.encode(new), strict=True)) if new else {}
        vectors = {text: known[text] if text in known else made[text] for text in texts}
        codes = dict.fromkeys(code for entry in entries for code in entry.classes)
        sections = {code: Section([one for one in entries if code in one.classes], vectors) for code in codes}
        return _Shelf(sections, vectors)


def load_retriever(
    encoder: Encoder, folder: Path = ENTRIES, vectors_file: Path | None = None
) -> HybridRetriever:
    """Return the retriever over a folder of entries. Raises FixSettings naming what is wrong in it.

    `vectors_file` keeps the entries' vectors from one start to the next (about 1 MB); the words of
    customers never get there.
    """
    known = read_vectors(vectors_file, encoder.name) if vectors_file else {}
    retriever = HybridRetriever(load_entries(folder), encoder, load_industries(), known)
    if vectors_file and retriever.vectors.keys() != known.keys():
        write_vectors(vectors_file, encoder.name, retriever.vectors)
    return retriever


def _by_name(entries: Sequence[Entry]) -> Industries:
    names = {name for entry in entries for name in entry.industries} - {ANY_INDUSTRY}
    return {name: (name,) for name in names}


def _each_move_once(ranked: Sequence[Sequence[_Found]], limit: int) -> list[_Found]:
    """Deal in rounds, so that every class is answered before one is answered twice."""
    hands = [iter(one) for one in ranked]
    dealt: list[_Found] = []
    while hands and len(dealt) < limit:
        hands = [hand for hand in hands if _deal(hand, dealt)]
    return dealt[:limit]


def _deal(hand: Iterator[_Found], dealt: list[_Found]) -> bool:
    """Add the hand's next move that is not dealt yet; False when there is none."""
    for one in hand:
        if not any(_same_move(one.entry, other.entry) for other in dealt):
            dealt.append(one)
            return True
    return False


def _same_move(one: Entry, other: Entry) -> bool:
    """The title names the move; what two entries say may give it away too."""
    return max(likeness(one.title, other.title), likeness(one.reply, other.reply)) >= SAME_MOVE


def _passages(found: Sequence[_Found]) -> list[Passage]:
    """A class's place outranks closeness, so a score never exceeds the one before it."""
    passages: list[Passage] = []
    for one in found:
        ceiling = passages[-1].score if passages else 1.0
        passages.append(_passage(one, min(one.score, ceiling)))
    return passages


def _passage(found: _Found, score: float) -> Passage:
    entry = found.entry
    return Passage(
        entry_id=entry.id,
        version=entry.version,
        objection=found.objection,
        reply=entry.reply,
        when=entry.when,
        why=entry.why,
        ask=entry.ask,
        score=score,
        source=entry.source,
    )
