"""How fast the door acknowledges: an open-loop stream of distinct encrypted callbacks while customers chat."""

from __future__ import annotations

import asyncio
import gc
import itertools
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx

from knowledge.entries import load_entries
from webhooks.simulator.crypto import Cipher
from webhooks.simulator.envelope import Address, Sealed, seal, to_xml
from webhooks.simulator.world import DoorKeys
from wenzhen.bench.figures import commits_per_second, spread_ms
from wenzhen.bench.stage import Stage, open_stage
from wenzhen.demo import DEMO_AGENT, DEMO_CORP

CHAT_PER_SECOND = 5
WECOM_LIMIT_SECONDS = 5.0
CONNECTIONS = 64


async def bench_callbacks(*, rate: int, seconds: int) -> dict[str, Any]:
    """Deliver `rate` distinct callbacks a second, whether the earlier ones are answered or not.

    Meanwhile customers write five messages a second, so that the worker reads, understands and
    sends all the time. Latencies count from the moment a delivery was due.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        before = commits_per_second(folder)
        async with open_stage(folder / "demo") as stage:
            chatting = asyncio.create_task(_chat(stage))
            acknowledged, statuses = await _deliver(stage, rate, seconds)
            chatting.cancel()
        after = commits_per_second(folder)
    return {
        "rate": rate,
        "seconds": seconds,
        "ack_ms": spread_ms(acknowledged),
        "not_200": sum(status != 200 for status in statuses),
        "over_5_s": sum(one > WECOM_LIMIT_SECONDS for one in acknowledged),
        "commits_per_second": {"before": round(before), "after": round(after)},
        "p99_in_commits": round(spread_ms(acknowledged)["p99"] / 1000 * (before + after) / 2, 1),
    }


async def _deliver(stage: Stage, rate: int, seconds: int) -> tuple[list[float], list[int]]:
    deliveries = _seal_all(stage.keys.app, rate * seconds)
    # A full collection in this process would be measured as the server's.
    gc.collect()
    gc.freeze()
    start = time.perf_counter() + 0.5
    answers: list[tuple[float, int]] = []

    async def send(client: httpx.AsyncClient) -> None:
        """Send whatever is next, on one connection; one pool for all would queue and walk its queue."""
        for number, sealed in deliveries:
            due = start + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            response = await client.post(stage.keys.app.callback_url, params=sealed.query, content=sealed.body)
            answers.append((time.perf_counter() - due, response.status_code))

    async with AsyncExitStack() as stack:
        trust = httpx.create_ssl_context()
        clients = [
            await stack.enter_async_context(httpx.AsyncClient(timeout=30, verify=trust))
            for _ in range(CONNECTIONS)
        ]
        await asyncio.gather(*map(send, clients))
    return [latency for latency, _ in answers], [status for _, status in answers]


def _seal_all(keys: DoorKeys, count: int) -> Iterator[tuple[int, Sealed]]:
    """Seal before the clock runs: it is WeCom's work, not the server's."""
    cipher = Cipher(token=keys.token, encoding_aes_key=keys.aes_key, receive_id=DEMO_CORP)
    address = Address(to_user=DEMO_CORP, agent_id=DEMO_AGENT)
    now = time.time()
    return iter([(number, seal(cipher, "xml", _event(number), address, now=now)) for number in range(count)])


def _event(number: int) -> bytes:
    return to_xml(
        {
            "ToUserName": DEMO_CORP,
            "FromUserName": f"member{number % 200}",
            "CreateTime": int(time.time()),
            "MsgType": "event",
            "Event": "click",
            "EventKey": f"menu-{number}",
            "AgentID": DEMO_AGENT,
        }
    )


async def _chat(stage: Stage) -> None:
    lines = itertools.cycle(line for entry in load_entries() for line in entry.examples)
    rooms = itertools.cycle(stage.rooms)
    while True:
        await stage.say(next(rooms), next(lines))
        await asyncio.sleep(1 / CHAT_PER_SECOND)
