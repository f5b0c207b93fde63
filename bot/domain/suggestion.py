"""What the rep could answer and ask: passages of knowledge, and the suggestion made of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, kw_only=True)
class Query:
    """What knowledge is looked up for: the customer's words and the classes heard in them.

    `about` is what else is known (earlier words, the company's name): it shows where the customer
    stands, not what is asked. `industry` is set when somebody named it.
    """

    text: str
    objections: tuple[str, ...]
    about: str = ""
    industry: str | None = None
    limit: int = 3


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A reply from knowledge, ready to send. `version` is the entry's, so an edit is visible.

    `when` says when to use it, `why` why it works, `ask` is the question that moves on; `score`
    orders passages of one query, 0 to 1.
    """

    entry_id: str
    version: int
    objection: str
    reply: str
    when: str
    why: str
    ask: str
    score: float
    source: str | None = None

    @property
    def text(self) -> str:
        """What the rep sends: the reply, and the question that moves on."""
        return f"{self.reply}{self.ask}"


class SuggestionState(StrEnum):
    """Life of a suggestion. WITHDRAWN: the rep answered first, or the message was recalled."""

    OFFERED = "offered"
    USED = "used"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """What to answer to one message: its main doubt, up to three replies, one question."""

    message_id: int
    objection: str
    passages: tuple[Passage, ...]
    ask: str
    ask_reason: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a suggestion ended: which reply was sent and with what words, or why it did not fit."""

    state: SuggestionState
    passage: int | None = None
    sent_text: str | None = None
    reason: str | None = None
