"""What the sidebar shows, ready to render: names instead of codes, quotes instead of ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.conversation import Consent
from bot.domain.suggestion import Passage


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """An objection heard in the message; `start` and `end` mark its words, in characters."""

    code: str
    name: str
    confidence: float
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Heard:
    """The customer message that the doubts stand in."""

    message_id: int
    text: str
    said_at: datetime
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, kw_only=True)
class Offer:
    """The suggestion on the table: replies, best first, and one question with its reason."""

    suggestion_id: int
    passages: tuple[Passage, ...]
    ask: str
    ask_reason: str


@dataclass(frozen=True, kw_only=True)
class Value:
    """One value of a slot, with the words it was read from.

    `level` is `rep`, `customer` or `confirmed`; `status` is `found`, `ambiguous` or `conflict`.
    """

    slot: str
    text: str
    status: str
    level: str
    quote: str
    said_at: datetime
    role: str | None = None


@dataclass(frozen=True, kw_only=True)
class DimensionView:
    """One of the twelve, with the name of its group; `status` is one of `bot.domain.picture.Status`."""

    code: str
    name: str
    group: str
    status: str
    values: tuple[Value, ...]
    question: str


@dataclass(frozen=True, kw_only=True)
class NeedView:
    """A need with its quote; `state` is `implied`, `voiced` or `confirmed`."""

    code: str
    name: str
    state: str
    quote: str
    said_at: datetime


@dataclass(frozen=True, kw_only=True)
class ParkedView:
    """Work that could not be done and waits for a person."""

    job_id: int
    what: str
    reason: str
    parked_at: datetime


@dataclass(frozen=True, kw_only=True)
class SidebarView:
    """Everything the sidebar of one conversation shows at one `version`."""

    conversation_id: int
    version: int
    customer_name: str
    company: str | None
    consent: Consent
    heard: Heard | None
    offer: Offer | None
    dimensions: tuple[DimensionView, ...]
    needs: tuple[NeedView, ...]
    parked: tuple[ParkedView, ...]


@dataclass(frozen=True, kw_only=True)
class ConversationLine:
    """A line in the rep's list of conversations."""

    conversation_id: int
    customer_id: str | None
    customer_name: str
    company: str | None
    last_text: str
    last_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class CustomerList:
    """The latest of the rep's conversations that were asked for; `total` is how many there are."""

    lines: tuple[ConversationLine, ...]
    total: int
