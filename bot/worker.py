"""The embedded engine behind `bot.interfaces.Jobs`: wakes lanes in this process, one task per lane."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.interfaces import Drain
from bot.store import jobs
from bot.store.store import Committed, Store, Transaction

log = logging.getLogger(__name__)

# A lane whose drain itself failed (the database was away) is tried again after this pause.
RECOVERY_SECONDS = 1.0
# What is cut off is not lost, but counts as an attempt; most jobs end within this.
GRACE_SECONDS = 2.0


class EmbeddedJobs:
    """One process, one database: a commit wakes its lanes, and a sweep finds what was missed.

    The sweep also finds unfinished work after a crash, and work whose time has come. At most `parallel`
    lanes of one kind, which is what stands before the colon, are drained at once.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        *,
        parallel: int = 8,
        sweep_seconds: float = 5.0,
    ) -> None:
        self._store = store
        self._clock = clock
        # By kind: lanes that wait for WeCom must not take the places of those that understand.
        self._slots: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(parallel))
        self._sweep_seconds = sweep_seconds
        self._running: dict[str, asyncio.Task[float | None]] = {}
        self._woken: set[str] = set()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._regular: list[tuple[float, Callable[[datetime], Awaitable[None]]]] = []
        self._drain: Drain | None = None
        store.on_commit(self._on_commit)

    def wake(self, transaction: Transaction, lane: str) -> None:
        """Have the lane drained once this transaction has committed."""
        transaction.lanes.append(lane)

    def every(self, seconds: float, work: Callable[[datetime], Awaitable[None]]) -> None:
        """Call `work(now)` about every so many seconds while running; it starts with `run`."""
        self._regular.append((seconds, work))

    async def run(self, drain: Drain) -> None:
        """Serve until cancelled; running lanes then get a moment to end before they are cut off."""
        self._drain = drain
        self.every(self._sweep_seconds, self._sweep)
        try:
            async with asyncio.TaskGroup() as group:
                for seconds, work in self._regular:
                    group.create_task(self._repeat(seconds, work))
        finally:
            self._drain = None
            for timer in self._timers.values():
                timer.cancel()
            await self._let_end(set(self._running.values()))

    async def _let_end(self, tasks: set[asyncio.Task[float | None]]) -> None:
        _, late = await asyncio.wait(tasks, timeout=GRACE_SECONDS) if tasks else (set(), set())
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _on_commit(self, committed: Committed) -> None:
        for lane in committed.lanes:
            self._start(lane)

    def _start(self, lane: str) -> None:
        """Drain a lane now, or once more when it is being drained: its last look may have come too early."""
        if self._drain is None:
            return
        if lane in self._running:
            self._woken.add(lane)
            return
        if (timer := self._timers.pop(lane, None)) is not None:
            timer.cancel()
        task = asyncio.create_task(self._in_slot(self._drain, lane))
        self._running[lane] = task
        task.add_done_callback(lambda done: self._ended(lane, done))

    async def _in_slot(self, drain: Drain, lane: str) -> float | None:
        async with self._slots[lane.partition(":")[0]]:
            return await drain(lane)

    def _ended(self, lane: str, task: asyncio.Task[float | None]) -> None:
        del self._running[lane]
        if task.cancelled() or self._drain is None:
            return
        error = task.exception()
        if error is not None:
            log.error("lane.failed lane=%s error=%s", lane, type(error).__name__)
            self._later(lane, RECOVERY_SECONDS)
        elif lane in self._woken:
            self._woken.discard(lane)
            self._start(lane)
        elif (seconds := task.result()) is not None:
            self._later(lane, seconds)

    def _later(self, lane: str, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._timers[lane] = loop.call_later(seconds, self._start, lane)

    async def _sweep(self, now: datetime) -> None:
        for lane in await self._store.read(lambda tx: jobs.unfinished_lanes(tx, now)):
            self._start(lane)

    async def _repeat(self, seconds: float, work: Callable[[datetime], Awaitable[None]]) -> None:
        while True:
            task = asyncio.ensure_future(work(self._clock()))
            await asyncio.wait({task})
            if (error := task.exception()) is not None:
                log.error("timer.failed error=%s", type(error).__name__)
            await asyncio.sleep(seconds)
