"""An application over a desk in memory, and clients that are signed in to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import Response

from tests.web.fakes import FakeDesk, parked, view
from web.app import create_app
from web.headers import HeaderPolicy
from web.sessions import Sessions
from web.sidebar import sidebar_router

HERE = "http://127.0.0.1"
SCRIPT = {"origin": HERE, "x-wenzhen": "1", "accept": "application/json"}


class Seconds:
    """A clock in Unix seconds that moves when told."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def sessions(clock) -> Sessions:
    return Sessions(secret="a secret for tests only", clock=clock)


@pytest.fixture
def desk() -> FakeDesk:
    made = FakeDesk()
    made.put(view(parked=(parked(),)))
    return made


@pytest.fixture
def app(desk, sessions, clock) -> FastAPI:
    router = sidebar_router(
        desk=desk,
        sessions=sessions,
        clock=clock,
        host_origins=("http://127.0.0.1:9001",),
        heartbeat_seconds=0.05,
    )
    return create_app(routers=[router], policy=HeaderPolicy(frame_ancestors=("http://127.0.0.1:9001",)))


def cookie_of(sessions: Sessions, rep_id: str) -> dict[str, str]:
    """Return the cookie of a rep who has just signed in."""
    response = Response()
    sessions.begin(response, rep_id)
    name, value = response.headers["set-cookie"].split(";")[0].split("=", 1)
    return {name: value}


@pytest.fixture
async def client_for(app, sessions) -> AsyncIterator[Callable[[str | None], httpx.AsyncClient]]:
    """Make clients of the application: `client_for("lilei")` is signed in, `client_for(None)` is not."""
    async with AsyncExitStack() as stack:

        def make(rep_id: str | None) -> httpx.AsyncClient:
            cookies = cookie_of(sessions, rep_id) if rep_id else {}
            transport = httpx.ASGITransport(app=app)
            client = httpx.AsyncClient(
                transport=transport, base_url=HERE, cookies=cookies, headers={"accept": "text/html"}
            )
            stack.push_async_callback(client.aclose)
            return client

        yield make


@pytest.fixture
def client(client_for) -> httpx.AsyncClient:
    return client_for("lilei")
