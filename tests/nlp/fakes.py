"""Stand-ins for what reads text, small enough to see through."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.domain.understanding import Evidence, Fact, Understanding, Utterance
from nlp.reading import Floats, Reading, Said, unit


class NoFacts:
    """Reads no facts."""

    def read(self, utterance: Utterance) -> tuple[Fact, ...]:
        return ()


class OneFact:
    """Reads the whole text as one fact, and remembers what it was given."""

    def __init__(self) -> None:
        self.given: list[Utterance] = []

    def read(self, utterance: Utterance) -> tuple[Fact, ...]:
        self.given.append(utterance)
        text = utterance.text
        evidence = Evidence(text=text, start=0, end=len(text))
        return (Fact(dim="pain", slot="pain", value=text, confidence=0.9, evidence=evidence),)


class LetterEncoder:
    """An encoder without a model: each character has its own fixed vector, one token a character."""

    name = "letters"
    dimensions = 16

    def letter(self, char: str) -> Floats:
        return np.random.default_rng(ord(char)).normal(size=self.dimensions).astype(np.float32)

    def encode(self, texts: Sequence[str]) -> Floats:
        return (
            np.stack([reading.vector for reading in self.read([Said(text) for text in texts])])
            if texts
            else np.zeros((0, 16), np.float32)
        )

    def read(self, messages: Sequence[Said]) -> list[Reading]:
        return [self.reading(message) for message in messages]

    def reading(self, message: Said) -> Reading:
        text = message.text
        words = np.stack([self.letter(char) for char in text or " "])
        places = tuple((at, at + 1) for at in range(len(text)))
        coloured = [*words, *(self.letter(char) / 9 for char in message.before)]
        return Reading(text, unit(np.mean(coloured, axis=0)), words[: len(text)], places)


class Scripted:
    """An understander that answers from a table; unknown texts mean nothing."""

    version = "scripted"

    def __init__(self, answers: dict[str, Understanding]) -> None:
        self.answers = answers

    def understand(self, utterances: Sequence[Utterance]) -> list[Understanding]:
        return [self.answers.get(one.text, Understanding(version=self.version)) for one in utterances]
