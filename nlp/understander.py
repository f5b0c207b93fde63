"""A message to its meaning, on this machine alone: one forward pass, then linear heads and grammars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from bot.domain.conversation import Speaker
from bot.domain.understanding import Evidence, Fact, Need, Objection, Understanding, Utterance
from nlp.needs import NeedFinder
from nlp.ngrams import Vocabulary
from nlp.objections import ObjectionFinder, stalling_alone
from nlp.pieces import pieces
from nlp.reading import Reader, Said, earlier

Found = TypeVar("Found", Objection, Need)


class FactReader(Protocol):
    """Reads facts for the twelve dimensions from what a customer said."""

    def read(self, utterance: Utterance) -> tuple[Fact, ...]:
        """Return the facts of this utterance; none is an empty tuple."""
        ...


@dataclass(frozen=True)
class Models:
    """What reads a message after the encoder; `version` names the weights and data."""

    version: str
    vocabulary: Vocabulary
    objections: ObjectionFinder
    needs: NeedFinder


@dataclass(frozen=True)
class Heard:
    """What one piece of one utterance says; places are those of the whole text."""

    row: int
    objections: tuple[Objection, ...]
    needs: tuple[Need, ...]


class LocalUnderstander:
    """Understands by the encoder, the fitted heads and the fact reader. Thread-safe, no network."""

    def __init__(self, encoder: Reader, models: Models, facts: FactReader) -> None:
        self.encoder = encoder
        self.models = models
        self.facts = facts
        self.version = models.version

    def understand(self, utterances: Sequence[Utterance]) -> list[Understanding]:
        """Return one understanding per utterance, in order. Only a customer's words mean anything."""
        heard: dict[int, list[Heard]] = {row: [] for row, one in enumerate(utterances) if is_customer(one)}
        for piece in self.listen(utterances):
            heard[piece.row].append(piece)
        return [
            self.put_together(utterance, heard[row]) if row in heard else Understanding(version=self.version)
            for row, utterance in enumerate(utterances)
        ]

    def listen(self, utterances: Sequence[Utterance]) -> list[Heard]:
        """Read all pieces of all customers' messages in one go."""
        cuts = [
            (row, start, Said(utterance.text[start:end], before(utterance)))
            for row, utterance in enumerate(utterances)
            if is_customer(utterance)
            for start, end in pieces(utterance.text)
        ]
        readings = self.encoder.read([said for _row, _start, said in cuts])
        heard = []
        for (row, start, said), reading in zip(cuts, readings, strict=True):
            grams = self.models.vocabulary.with_clauses(said.text)
            objections = self.models.objections.find(reading, grams)
            needs = self.models.needs.find(reading, grams)
            heard.append(Heard(row, moved(objections, start), moved(needs, start)))
        return heard

    def put_together(self, utterance: Utterance, heard: Sequence[Heard]) -> Understanding:
        return Understanding(
            version=self.version,
            objections=stalling_alone(surest(o for piece in heard for o in piece.objections)),
            needs=surest(need for piece in heard for need in piece.needs),
            facts=tuple(sorted(self.facts.read(utterance), key=lambda fact: -fact.confidence)),
        )


def before(utterance: Utterance) -> str:
    return earlier(utterance.text, [(turn.speaker is Speaker.REP, turn.text) for turn in utterance.context])


def is_customer(utterance: Utterance) -> bool:
    return utterance.speaker is Speaker.CUSTOMER and bool(utterance.text.strip())


def moved(found: tuple[Found, ...], by: int) -> tuple[Found, ...]:
    """Move evidence from its piece to its place in the whole message."""
    return tuple(
        replace(
            one,
            evidence=Evidence(
                text=one.evidence.text, start=one.evidence.start + by, end=one.evidence.end + by
            ),
        )
        for one in found
    )


def surest(found: Iterable[Found]) -> tuple[Found, ...]:
    """Keep each class once, where it is surest; most certain first."""
    best: dict[str, Found] = {}
    for one in found:
        if one.code not in best or one.confidence > best[one.code].confidence:
            best[one.code] = one
    return tuple(sorted(best.values(), key=lambda one: -one.confidence))
