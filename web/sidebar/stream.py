"""The event stream of one sidebar: a panel whenever there is something new to show, a heartbeat between them."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.desk import Desk
from bot.errors import Refused
from web.sessions import Session, Sessions
from web.sidebar.panel import Renderer, edition

HEARTBEAT_SECONDS = 15.0
STREAM_SECONDS = 600.0
LOOK_SECONDS = 0.3
STREAMS_PER_REP = 8
HEARTBEAT = ": \n\n"
RETRY = "retry: 2000\n\n"


def event(name: str, data: Any, event_id: str | None = None) -> str:
    """Return one server-sent event."""
    head = f"id: {event_id}\n" if event_id is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


class Seats:
    """Counts the open streams of each rep, so that one browser cannot hold all of them."""

    def __init__(self, limit: int = STREAMS_PER_REP) -> None:
        self._limit = limit
        self._taken: Counter[str] = Counter()

    def check(self, rep_id: str) -> None:
        if self._taken[rep_id] >= self._limit:
            raise HTTPException(429)

    @contextmanager
    def taken(self, rep_id: str) -> Iterator[None]:
        """Hold a seat."""
        self._taken[rep_id] += 1
        try:
            yield
        finally:
            self._taken[rep_id] -= 1
            if not self._taken[rep_id]:
                del self._taken[rep_id]


@dataclass(frozen=True, kw_only=True)
class PanelStream:
    """The stream of one conversation for one signed-in rep.

    It ends by itself after `STREAM_SECONDS`: the browser comes back at once with its last id, and
    that request renews the session and is checked from the start.
    """

    desk: Desk
    renderer: Renderer
    sessions: Sessions
    session: Session
    clock: Callable[[], float]
    heartbeat_seconds: float = HEARTBEAT_SECONDS

    async def events(self, conversation_id: int, seen: str | None) -> AsyncIterator[str]:
        """Yield events from now on; `seen` is the edition that the browser already shows."""
        with self.desk.watching(self.session.rep_id, conversation_id):
            yield RETRY
            ends = self.clock() + STREAM_SECONDS
            while True:
                if self.sessions.outlived(self.session):
                    yield event("signed-out", {})
                    return
                if self.clock() >= ends:
                    return
                try:
                    view = await self.desk.view(self.session.rep_id, conversation_id)
                except Refused:
                    yield event("gone", {})
                    return
                if edition(view) != seen:
                    seen = edition(view)
                    yield event("panel", self.renderer.panel(view).payload(), seen)
                else:
                    yield HEARTBEAT
                await self.desk.changed(conversation_id, view.version, self.heartbeat_seconds)

    async def arrival(self, customer_id: str) -> AsyncIterator[str]:
        """Yield `found` once the rep has a conversation with this customer.

        It stays open after that: until the page has moved on to the conversation's own stream, the
        rep still counts as watching this customer.
        """
        with self.desk.watching(self.session.rep_id, customer_id):
            yield RETRY
            ends, told = self.clock() + STREAM_SECONDS, False
            while self.clock() < ends and not self.sessions.outlived(self.session):
                found = None if told else await self.desk.find(self.session.rep_id, customer_id)
                if found is not None:
                    told = True
                    yield event("found", {"conversation_id": found})
                await asyncio.sleep(LOOK_SECONDS)


class EventStream(Response):
    """A streaming answer that ends the moment the browser goes away, not at the next write."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncIterator[str], seat: Callable[[], Any]) -> None:
        super().__init__(headers={"x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._events = events
        self._seat = seat

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        with self._seat():
            writing = asyncio.create_task(self._write(send))
            leaving = asyncio.create_task(_left(receive))
            try:
                await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                leaving.cancel()
                writing.cancel()
                await asyncio.gather(leaving, writing, return_exceptions=True)
        if writing.done() and not writing.cancelled() and writing.exception():
            raise writing.exception()  # type: ignore[misc]

    async def _write(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async with aclosing(self._events) as events:  # type: ignore[type-var]
            async for text in events:
                await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
