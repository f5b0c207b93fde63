"""What travelled, for the demo's drawer, and the bell that rings when anything visible changed."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import asdict, dataclass
from typing import Any, Literal

from webhooks.simulator.state import iso

KEPT_ENTRIES = 1000


@dataclass(frozen=True, kw_only=True)
class Passage:
    """One callback or API call as it went by; `detail` never holds a secret or readable text."""

    kind: Literal["callback", "api"]
    name: str
    status: str
    ms: float
    attempt: int = 1
    detail: str = ""


class Changes:
    """A version that grows with every visible change, and a way to wait for the next one."""

    def __init__(self) -> None:
        self.version = 0
        self._bell = asyncio.Event()

    def touch(self) -> None:
        self.version += 1
        self._bell.set()
        self._bell = asyncio.Event()

    async def beyond(self, version: int) -> int:
        """Wait until the version is greater than `version`; return it."""
        while self.version <= version:
            await self._bell.wait()
        return self.version


class Trace:
    """The newest passages, numbered from 1."""

    def __init__(self, clock: Callable[[], float], changes: Changes) -> None:
        self._clock = clock
        self._changes = changes
        self._entries: deque[dict[str, Any]] = deque(maxlen=KEPT_ENTRIES)
        self._last = 0

    def add(self, passage: Passage) -> None:
        self._last += 1
        rounded = round(passage.ms, 1)
        self._entries.append({"id": self._last, "at": iso(self._clock()), **asdict(passage), "ms": rounded})
        self._changes.touch()

    def after(self, number: int) -> list[dict[str, Any]]:
        return [entry for entry in self._entries if entry["id"] > number]


class Background:
    """Work that goes on after an answer was given; it can be waited for and cancelled."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def settle(self) -> None:
        """Wait until nothing is going on any more, also not what that work started."""
        while self._tasks:
            done, _ = await asyncio.wait(self._tasks)
            for task in done:
                if not task.cancelled():
                    task.result()

    async def cancel(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
