"""The simulator as a web application: WeCom's API, its sign-in page, and the control API on one port.

    keys = {"app": DoorKeys.generate("http://127.0.0.1:8000/callbacks/app"), "kf": DoorKeys.generate(...)}
    world = World.load(DEMO_WORLD, secrets=keys)
    await serve(world, Options(state_path=Path("simulator.json"), story_path=DEMO_STORY), port=8001)

Point the product's base URL at `http://127.0.0.1:8001`; the sign-in page is `/connect/oauth2/authorize`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from webhooks.simulator import (
    card_updates,
    contacts,
    kf_log,
    kf_send,
    kf_sessions,
    media,
    messages,
    users,
)
from webhooks.simulator.control import register_control
from webhooks.simulator.gate import Gate
from webhooks.simulator.simulator import Options, Simulator
from webhooks.simulator.story import Story, Storyteller
from webhooks.simulator.world import World

FAMILIES = (users, messages, card_updates, media, kf_log, kf_send, kf_sessions, contacts)
_LOCAL_PAGES = r"https?://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?"


def create_simulator(world: World, options: Options | None = None) -> FastAPI:
    """Build the application; its parts are at `app.state.simulator` (a `Simulator`)."""
    chosen = options or Options()
    sim = Simulator(world, chosen)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        keeper = asyncio.create_task(sim.keep_snapshot())
        yield
        keeper.cancel()
        await sim.close()

    app = FastAPI(title="WeCom simulator", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(chosen.control_origins),
        allow_origin_regex=_LOCAL_PAGES,
        allow_methods=["GET", "POST"],
        allow_headers=["content-type"],
    )
    gate = Gate(sim)
    for family in FAMILIES:
        gate.register(app, family.ENDPOINTS)
    users.register_authorize_page(app, sim)
    teller = Storyteller(sim, Story.load(chosen.story_path)) if chosen.story_path else None
    register_control(app, sim, teller)
    return app


async def serve(world: World, options: Options | None = None, *, host: str = "127.0.0.1", port: int) -> None:
    """Serve until cancelled or interrupted; either way the state is written before it returns."""
    config = uvicorn.Config(
        create_simulator(world, options),
        host=host,
        port=port,
        log_level="warning",
        # Open event streams would hold the shutdown otherwise.
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise
