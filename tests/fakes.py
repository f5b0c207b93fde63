"""Fakes of the seams in `bot.interfaces`. They can misbehave on purpose."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from bot.domain.conversation import ConversationKey, IncomingMessage, MessageKind, Speaker
from bot.domain.suggestion import Passage, Query
from bot.domain.understanding import Evidence, Fact, Need, Objection, Understanding, Utterance
from bot.interfaces import Drain, Outgoing, Page, Profile, Sent
from bot.store import jobs
from bot.store.store import Store, Transaction

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KF = ConversationKey(channel="kf", account="wkAAA", party="wmCUSTOMER")
BOT_CHAT = ConversationKey(channel="app", account="1000002", party="lixiang")


class FakeClock:
    """A clock that moves when told."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def said(
    text: str,
    *,
    key: str | None = None,
    at: datetime = START,
    order: int = 0,
    speaker: Speaker = Speaker.CUSTOMER,
    conversation: ConversationKey = KF,
    rep_id: str | None = "lixiang",
    kind: MessageKind = MessageKind.TEXT,
) -> IncomingMessage:
    """An incoming message with sensible defaults; `order` sorts within one second."""
    return IncomingMessage(
        key=key or f"{conversation}:{text}:{order}",
        conversation=conversation,
        kind=kind,
        speaker=speaker,
        text=text,
        said_at=at,
        sort_key=f"{int(at.timestamp()):012d}:{order:06d}",
        rep_id=rep_id,
    )


@dataclass
class FakeChannel:
    """Serves scripted pages and records what was sent. Put an exception into a queue to make it fail."""

    name: str = "kf"
    keyed: bool = True
    by_cursor: bool = True
    pages: deque[Page | Exception] = field(default_factory=deque)
    failures: deque[Exception] = field(default_factory=deque)
    sent: list[Outgoing] = field(default_factory=list)
    cursors: list[str | None] = field(default_factory=list)
    announced: list[dict[str, Any]] = field(default_factory=list)
    profiles: dict[str, Profile] = field(default_factory=dict)

    async def read(self, delivery: dict[str, Any], cursor: str | None) -> Page:
        self.cursors.append(cursor)
        self.announced.append(delivery)
        page = self.pages.popleft() if self.pages else Page(items=(), cursor=cursor, has_more=False)
        if isinstance(page, Exception):
            raise page
        return page

    async def send(self, message: Outgoing) -> Sent:
        if self.failures:
            raise self.failures.popleft()
        self.sent.append(message)
        return Sent(channel_id=f"id-{len(self.sent)}")

    async def profile(self, conversation: ConversationKey) -> Profile | None:
        return self.profiles.get(conversation.party)

    async def fetch(self, media_id: str) -> tuple[bytes, str]:
        return b"media", "image/jpeg"


@dataclass
class FakeUnderstander:
    """Understands the words it was given; `poison` makes it raise on that text.

    `meanwhile` is what happens elsewhere while it thinks; it is called on the thinking thread.
    """

    objections: dict[str, str] = field(default_factory=lambda: {"贵": "price", "别家": "competitor"})
    needs: dict[str, str] = field(default_factory=lambda: {"停线": "uptime"})
    facts: dict[str, tuple[str, str]] = field(default_factory=lambda: {"80万": ("budget", "amount")})
    poison: str | None = None
    version: str = "fake-1"
    asked: list[Utterance] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None

    def understand(self, utterances: Sequence[Utterance]) -> list[Understanding]:
        self.meanwhile()
        return [self._one(utterance) for utterance in utterances]

    def _one(self, utterance: Utterance) -> Understanding:
        self.asked.append(utterance)
        text = utterance.text
        if self.poison is not None and self.poison in text:
            raise ValueError(f"cannot read {text}")
        if utterance.speaker is Speaker.REP:
            return Understanding(version=self.version)
        return Understanding(
            version=self.version,
            objections=tuple(
                Objection(code=code, confidence=0.9, evidence=_evidence(text, word))
                for word, code in self.objections.items()
                if word in text
            ),
            needs=tuple(
                Need(code=code, confidence=0.8, stated="implicit", evidence=_evidence(text, word))
                for word, code in self.needs.items()
                if word in text
            ),
            facts=tuple(
                Fact(dim=dim, slot=slot, value=word, confidence=0.9, evidence=_evidence(text, word))
                for word, (dim, slot) in self.facts.items()
                if word in text
            ),
        )


class FakeRetriever:
    """Knows one reply per class."""

    def retrieve(self, query: Query) -> list[Passage]:
        return [passage(code) for code in query.objections][: query.limit]


class FakeEncoder:
    """Letters to numbers: the same text gives the same vector, other texts other ones."""

    name = "fake"
    dimensions = 8

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.ones((len(texts), self.dimensions), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for position, letter in enumerate(text):
                row[(ord(letter) + position) % self.dimensions] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def passage(code: str, reply: str | None = None) -> Passage:
    """A passage of one class."""
    return Passage(
        entry_id=f"{code}-01",
        version=1,
        objection=code,
        reply=reply or f"关于{code}，我给您拆开说说。",
        when="客户提到时",
        why="先承认再拆解",
        ask="您最在意哪一块？",
        score=0.8,
    )


def _evidence(text: str, word: str) -> Evidence:
    start = text.index(word)
    return Evidence(text=word, start=start, end=start + len(word))


class FakeJobs:
    """An engine without timers' patience: one task a lane, a sweep at the start. For tests of what wakes."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self._store = store
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._regular: list[tuple[float, Callable[[datetime], Awaitable[None]]]] = []
        self._drain: Drain | None = None
        store.on_commit(lambda committed: [self._start(lane) for lane in committed.lanes])

    def wake(self, transaction: Transaction, lane: str) -> None:
        transaction.lanes.append(lane)

    def every(self, seconds: float, work: Callable[[datetime], Awaitable[None]]) -> None:
        self._regular.append((seconds, work))

    async def run(self, drain: Drain) -> None:
        self._drain = drain
        for lane in await self._store.read(lambda tx: jobs.unfinished_lanes(tx, self._clock())):
            self._start(lane)
        regular = [asyncio.create_task(self._repeat(*one)) for one in self._regular]
        try:
            await asyncio.Event().wait()
        finally:
            self._drain = None
            tasks = [*regular, *self._tasks.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, lane: str) -> None:
        if lane in self._tasks:
            self._again.add(lane)
        elif self._drain is not None:
            self._tasks[lane] = asyncio.create_task(self._serve(lane, self._drain))

    async def _serve(self, lane: str, drain: Drain) -> None:
        try:
            pause: float | None = 0.0
            while pause is not None or lane in self._again:
                self._again.discard(lane)
                pause = await drain(lane)
                await asyncio.sleep(pause or 0)
        except KeyError:
            pass
        finally:
            del self._tasks[lane]

    async def _repeat(self, seconds: float, work: Callable[[datetime], Awaitable[None]]) -> None:
        while True:
            await asyncio.gather(work(self._clock()), return_exceptions=True)
            await asyncio.sleep(seconds)
