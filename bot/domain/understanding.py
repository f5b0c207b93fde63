"""What one message means: objections, needs and facts, each with the words that show it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.conversation import Speaker


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The words of the message that show it: `text == message_text[start:end]`, in characters."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Objection:
    """A doubt the customer voiced. `confidence` is a calibrated probability, 0 to 1."""

    code: str
    confidence: float
    evidence: Evidence
    severity: str | None = None
    kind: str | None = None


@dataclass(frozen=True, kw_only=True)
class Need:
    """What the customer wants without ordering it; `stated` is `explicit` or `implicit`."""

    code: str
    confidence: float
    stated: str
    evidence: Evidence


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One value for one slot of the twelve dimensions, as an experienced rep would note it.

    `status` is `found` or `ambiguous` here (hedged, or only echoed); `absent` and `conflict`
    belong to the picture. `date` is ISO 8601 where a relative date could be resolved.
    """

    dim: str
    slot: str
    value: str
    confidence: float
    evidence: Evidence
    status: str = "found"
    role: str | None = None
    stance: str | None = None
    comparator: str | None = None
    number: float | None = None
    unit: str | None = None
    date: str | None = None


@dataclass(frozen=True, kw_only=True)
class Turn:
    """An earlier turn, given as context."""

    speaker: Speaker
    text: str


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """What is to be understood: the text, whose words they are, and what was said before.

    `at` is the ISO time of the message (relative dates are resolved against it); `context` holds
    earlier turns, oldest first.
    """

    text: str
    speaker: Speaker = Speaker.CUSTOMER
    context: tuple[Turn, ...] = ()
    at: str | None = None


@dataclass(frozen=True, kw_only=True)
class Understanding:
    """What an utterance means. Lists are ordered by falling confidence; empty is a legal answer.

    `version` names the model and data that made it, so that a later correction can find it.
    """

    version: str
    objections: tuple[Objection, ...] = ()
    needs: tuple[Need, ...] = ()
    facts: tuple[Fact, ...] = ()
