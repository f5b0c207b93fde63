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
from webhooks.simulator.world import DoorKeys
from wenzhen.bench.figures import commits_per_second, late_timers, spread_ms
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
            with late_timers() as late:
                acknowledged, statuses = await _deliver(stage, rate, seconds)
            chatting.cancel()
        after = commits_per_second(folder)
    return {
        "rate": rate,
        "seconds": seconds,
        "ack_ms": spread_ms(acknowledged),
        "not_200": sum(status != 200 for status in statuses),
        "over_5_s": sum(one > WECOM_LIMIT_SECONDS for one in acknowledged),
        "late_timer_ms": spread_ms(late),
        "commits_per_second": {"before": round(before), "after": round(after)},
        "p99_in_commits": round(spread_ms(acknowledged)["p99"] / 1000 * (before + after) / 2, 1),
    }


async def _deliver(stage: Stage, rate: int, seconds: int) -> tuple[list[float], list[int]]:
    url = httpx.URL(stage.keys.app.callback_url)
    requests = enumerate(_requests(url, stage.keys.app, rate * seconds))
    # A full collection in this process would be measured as the server's.
    gc.collect()
    gc.freeze()
    start = time.perf_counter() + 0.5
    answers: list[tuple[float, int]] = []

    async def send() -> None:
        """Send whatever is due next on a connection of our own."""
        reader, writer = await asyncio.open_connection(url.host, url.port)
        for number, request in requests:
            due = start + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            writer.write(request)
            status = await _status(reader)
            answers.append((time.perf_counter() - due, status))
        writer.close()

    await asyncio.gather(*(send() for _ in range(CONNECTIONS)))
    return [latency for latency, _ in answers], [status for _, status in answers]


def _requests(url: httpx.URL, keys: DoorKeys, count: int) -> list[bytes]:
    """Seal and write out all requests before the clock runs: a busy client would be measured as a slow server."""
    cipher = Cipher(token=keys.token, encoding_aes_key=keys.aes_key, receive_id=DEMO_CORP)
    address = Address(to_user=DEMO_CORP, agent_id=DEMO_AGENT)
    now = time.time()
    sealed = [seal(cipher, "xml", _event(number), address, now=now) for number in range(count)]
    return [
        b"POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s"
        % (url.copy_merge_params(one.query).raw_path, url.netloc, len(one.body), one.body)
        for one in sealed
    ]


async def _status(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]))
    return int(head.split(b" ", 2)[1])


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
