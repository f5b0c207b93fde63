"""The seams of the product: what other packages plug in. Each has one fake and one contract test."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from bot.domain.conversation import ConversationKey, Incoming
from bot.domain.suggestion import Passage, Query
from bot.domain.understanding import Understanding, Utterance

if TYPE_CHECKING:
    import numpy as np


class Encoder(Protocol):
    """Texts to vectors."""

    name: str
    """Identifies the weights: the same name means the same vectors."""
    dimensions: int

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return float32 of shape (len(texts), dimensions), each row of length 1 (L2)."""
        ...


class Understander(Protocol):
    """A message to its meaning. Pure and thread-safe; never blocks on a network."""

    version: str

    def understand(self, utterances: Sequence[Utterance]) -> list[Understanding]:
        """Return one understanding per utterance, in order. A rep's words give empty lists."""
        ...


class Retriever(Protocol):
    """Knowledge to replies."""

    def retrieve(self, query: Query) -> list[Passage]:
        """Return at most `query.limit` passages, best first; none fits: an empty list."""
        ...


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of a channel's backlog: what was read, and the cursor that continues after it."""

    items: tuple[Incoming, ...]
    cursor: str | None
    has_more: bool


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Who a customer is, as the channel knows it."""

    customer_id: str
    name: str
    company: str | None = None


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """One message to send. `key` is our idempotency key, at most 32 of [0-9A-Za-z_-].

    `kind` is `text`, `markdown` or `card`; `body` is the channel's own JSON for that kind.
    `repeat` is True when an earlier attempt may already have arrived; `guard_duplicates` asks the
    channel to drop an identical message of the last minutes.
    """

    key: str
    conversation: ConversationKey
    kind: str
    body: dict[str, Any]
    repeat: bool = False
    guard_duplicates: bool = True


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What the channel said of a sent message. `dropped` are receivers it refused."""

    channel_id: str | None
    response_code: str | None = None
    dropped: tuple[str, ...] = ()


class Channel(Protocol):
    """A way to and from people (微信客服, an app chat): reads what a delivery announced, and sends.

    All methods raise the errors of `bot.errors`; `MaybeDone` from `send` means that the request
    left us and no answer came.
    """

    name: str
    keyed: bool
    """Whether a repeat with the same key never arrives twice."""
    by_cursor: bool
    """Whether a delivery only says that there is something to read: one complete reading by the cursor
    then brings what every earlier delivery of the lane announced. Else each one holds its own content.
    """

    async def read(self, delivery: dict[str, Any], cursor: str | None) -> Page:
        """Return the next page of what `delivery` (its stored payload) announced."""
        ...

    async def send(self, message: Outgoing) -> Sent:
        """Send one message."""
        ...

    async def profile(self, conversation: ConversationKey) -> Profile | None:
        """Look up the customer; None when the channel does not know them."""
        ...

    async def fetch(self, media_id: str) -> tuple[bytes, str]:
        """Return a media file's bytes and content type."""
        ...


Drain = Callable[[str], Awaitable[float | None]]
"""Work off one lane; returns seconds until its next job is due, or None when it is empty."""


class Jobs(Protocol):
    """Wakes lanes, keeps one drain per lane at a time, and times things. Truth is in the store.

    A lane is a string such as `conversation:12`: its jobs run one at a time and in order, whoever
    the worker; different lanes run in parallel.
    """

    def wake(self, transaction: Any, lane: str) -> None:
        """Have the lane drained once this transaction has committed; nothing if it rolls back."""
        ...

    def every(self, seconds: float, work: Callable[[datetime], Awaitable[None]]) -> None:
        """Call `work(now)` about every so many seconds while running."""
        ...

    async def run(self, drain: Drain) -> None:
        """Serve until cancelled. Lanes with unfinished work are found again after a crash."""
        ...
