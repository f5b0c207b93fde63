"""From a customer's message at WeCom to the suggestion on the rep's event stream."""

from __future__ import annotations

import asyncio
import itertools
import json
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from knowledge.entries import load_entries
from wenzhen.bench.figures import commits_per_second, late_timers, spread_ms
from wenzhen.bench.stage import Room, Stage, open_stage

# The cooldown would rightly keep most of so many doubts in one chat from making a card.
NO_COOLDOWN = {"WENZHEN_SUGGEST__COOLDOWN_SECONDS": "0"}
PATIENCE_SECONDS = 5.0


@dataclass
class Watch:
    """When each message was said, and when its suggestion arrived, by room and order of suggestions."""

    said: dict[str, float] = field(default_factory=dict)
    shown: dict[str, float] = field(default_factory=dict)


async def bench_pipeline(*, rate: int, seconds: int) -> dict[str, Any]:
    """Let customers write `rate` messages a second and time each until its suggestion is on the stream.

    The messages are the example lines of the shipped replies. One that is not heard as an objection
    makes no suggestion; it is counted, not timed.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        commits = commits_per_second(folder)
        async with open_stage(folder / "demo", NO_COOLDOWN) as stage:
            watch = Watch()
            readers = [asyncio.create_task(_read(stage, room, watch)) for room in stage.rooms]
            await asyncio.sleep(1)
            with late_timers() as late:
                await _speak(stage, watch, rate, seconds)
                await asyncio.sleep(PATIENCE_SECONDS)
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)
    took = [watch.shown[text] - at for text, at in watch.said.items() if text in watch.shown]
    return {
        "rate": rate,
        "messages": len(watch.said),
        "with_suggestion": len(took),
        "message_to_suggestion_ms": spread_ms(took),
        "late_timer_ms": spread_ms(late),
        "commits_per_second": round(commits),
    }


async def _speak(stage: Stage, watch: Watch, rate: int, seconds: int) -> None:
    lines = [line for entry in load_entries() for line in entry.examples]
    start = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, (line, room) in enumerate(
            zip(lines[: rate * seconds], itertools.cycle(stage.rooms), strict=False)
        ):
            await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
            watch.said[line] = time.perf_counter()
            group.create_task(stage.say(room, line))


async def _read(stage: Stage, room: Room, watch: Watch) -> None:
    """Read the room's stream; the panel names the message that its suggestion answers."""
    path = f"/sidebar/c/{room.conversation_id}/events"
    last_suggestion: int | None = None
    async with stage.product.stream("GET", path, timeout=None) as response:
        async for line in response.aiter_lines():
            if not line.startswith("data:"):
                continue
            now = time.perf_counter()
            panel = json.loads(line.removeprefix("data:"))
            if panel["suggestion_id"] in {None, last_suggestion}:
                continue
            last_suggestion = panel["suggestion_id"]
            for text in watch.said:
                if text not in watch.shown and _shows(panel["html"], text):
                    watch.shown[text] = now


def _shows(html: str, text: str) -> bool:
    """Whether the panel quotes the message, with or without marks inside it."""
    plain = html.replace("<mark>", "").replace("</mark>", "")
    return text in plain
