"""How fast the door acknowledges: an open-loop stream of distinct encrypted callbacks while customers chat."""

from __future__ import annotations

import asyncio
import gc
import itertools
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from knowledge.entries import load_entries
from webhooks.simulator.crypto import Cipher
from webhooks.simulator.envelope import Address, seal, to_xml
from wenzhen.bench.figures import commits_per_second, spread_ms
from wenzhen.bench.stage import Stage, open_stage
from wenzhen.demo import DEMO_AGENT, DEMO_CORP

CHAT_PER_SECOND = 5
WECOM_LIMIT_SECONDS = 5.0


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
    keys = stage.keys.app
    cipher = Cipher(token=keys.token, encoding_aes_key=keys.aes_key, receive_id=DEMO_CORP)
    # A full collection in this process would be measured as the server's.
    gc.collect()
    gc.freeze()
    start = time.perf_counter() + 0.5
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    async with httpx.AsyncClient(timeout=30, limits=limits) as client:

        async def one(number: int) -> tuple[float, int]:
            due = start + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            sealed = seal(
                cipher,
                "xml",
                _event(number),
                Address(to_user=DEMO_CORP, agent_id=DEMO_AGENT),
                now=time.time(),
            )
            response = await client.post(keys.callback_url, params=sealed.query, content=sealed.body)
            return time.perf_counter() - due, response.status_code

        answers = await asyncio.gather(*(one(number) for number in range(rate * seconds)))
    return [latency for latency, _ in answers], [status for _, status in answers]


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
