"""A whole demo in a temporary folder to measure on: product, simulator, a signed-in rep, agreed customers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from wenzhen.demo import DEMO_REP, HOST, Keys, start_demo, stop_demo


@dataclass(frozen=True, kw_only=True)
class Room:
    """One customer chat of the rep."""

    customer_id: str
    open_kfid: str
    conversation_id: int


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What a measurement needs: clients for both servers (the rep is signed in), and the chats."""

    keys: Keys
    product: httpx.AsyncClient
    simulator: httpx.AsyncClient
    rooms: tuple[Room, ...]

    async def say(self, room: Room, text: str) -> None:
        """Let a customer write."""
        await post(
            self.simulator,
            f"/sim/api/kf/{room.open_kfid}/{room.customer_id}/customer",
            {"kind": "text", "text": text},
        )


@asynccontextmanager
async def open_stage(folder: Path, settings: dict[str, str] | None = None) -> AsyncIterator[Stage]:
    """Start both servers; every customer has said hello and agreed. `settings` override the product's."""
    ports = free_port(), free_port()
    running = start_demo(
        data=folder,
        port=ports[0],
        simulator_port=ports[1],
        overrides=settings or {},
        quiet=True,
    )
    try:
        async with (
            httpx.AsyncClient(base_url=running.product_url, timeout=30, trust_env=False) as product,
            httpx.AsyncClient(base_url=running.simulator_url, timeout=30, trust_env=False) as simulator,
        ):
            await product.get("/demo/login", params={"as": DEMO_REP, "next": "/sidebar"})
            rooms = [room async for room in _rooms(product, simulator)]
            yield Stage(keys=running.keys, product=product, simulator=simulator, rooms=tuple(rooms))
    finally:
        stop_demo(running)


async def _rooms(product: httpx.AsyncClient, simulator: httpx.AsyncClient) -> AsyncIterator[Room]:
    state = (await simulator.get("/sim/api/state")).json()
    open_kfid = state["kf_accounts"][0]["open_kfid"]
    for customer in state["customers"]:
        customer_id = customer["external_userid"]
        await post(
            simulator, f"/sim/api/kf/{open_kfid}/{customer_id}/customer", {"kind": "text", "text": "你好"}
        )
        conversation_id = await _conversation(product, customer_id)
        await post(product, f"/sidebar/c/{conversation_id}/consent", {"consent": "agreed"})
        yield Room(customer_id=customer_id, open_kfid=open_kfid, conversation_id=conversation_id)


async def _conversation(product: httpx.AsyncClient, customer_id: str) -> int:
    for _ in range(200):
        answer = await product.get("/sidebar", params={"customer": customer_id}, follow_redirects=False)
        place = answer.headers.get("location", "").rpartition("/")[2]
        if place.isdigit():
            return int(place)
        await asyncio.sleep(0.05)
    raise TimeoutError("the conversation did not appear")


async def post(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> httpx.Response:
    """Post JSON as the page's own script does."""
    origin = str(client.base_url).rstrip("/")
    response = await client.post(path, json=body, headers={"X-Wenzhen": "1", "Origin": origin})
    response.raise_for_status()
    return response


def free_port() -> int:
    """Return a port that nobody uses right now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
