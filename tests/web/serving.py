"""Runs an application on a real port of this machine, for what needs a real connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn


class _Announcing(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.up.set()


@asynccontextmanager
async def served(app: Any, port: int = 0) -> AsyncIterator[str]:
    """Serve `app` until the block ends; gives its address. Port 0 takes a free one."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1
    )
    server = _Announcing(config)
    running = asyncio.create_task(server.serve())
    await server.up.wait()
    taken = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{taken}"
    finally:
        server.should_exit = True
        await running
