"""What every engine behind `bot.interfaces.Jobs` must do: wake after commit, one drain a lane, timers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.interfaces import Drain, Jobs
from bot.store import jobs as rows
from bot.store.migrations import upgrade
from bot.store.store import Store, Transaction
from bot.worker import EmbeddedJobs
from tests.fakes import FakeClock, FakeJobs


class Ground:
    """An engine with the store that it serves; the fake serves a store as well."""

    def __init__(self, engine: Jobs, store: Store, clock: FakeClock) -> None:
        self.engine = engine
        self.store = store
        self.clock = clock

    async def wake(self, lane: str) -> None:
        await self.store.write(lambda tx: self.engine.wake(tx, lane))

    @asynccontextmanager
    async def running(self, drain: Drain) -> AsyncIterator[None]:
        task = asyncio.create_task(self.engine.run(drain))
        await asyncio.sleep(0.02)
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def embedded(store: Store, clock: FakeClock) -> Jobs:
    return EmbeddedJobs(store, clock, sweep_seconds=0.05)


def fake(store: Store, clock: FakeClock) -> Jobs:
    return FakeJobs(store, clock)


@pytest.fixture(params=[embedded, fake], ids=["embedded", "fake"])
async def ground(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ground]:
    upgrade(tmp_path / "db")
    store, clock = Store(tmp_path / "db"), FakeClock()
    make: Callable[[Store, FakeClock], Jobs] = request.param
    yield Ground(make(store, clock), store, clock)
    await store.close()


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(3):
        while not condition():
            await asyncio.sleep(0.005)


async def test_a_lane_is_drained_after_the_commit(ground: Ground) -> None:
    drained: list[str] = []

    async def drain(lane: str) -> None:
        drained.append(lane)

    async with ground.running(drain):
        await ground.wake("a")
        await until(lambda: drained == ["a"])


async def test_nothing_is_woken_by_what_was_rolled_back(ground: Ground) -> None:
    drained: list[str] = []

    async def drain(lane: str) -> None:
        drained.append(lane)

    def fail(tx: Transaction) -> None:
        ground.engine.wake(tx, "undone")
        raise KeyError

    async with ground.running(drain):
        with pytest.raises(KeyError):
            await ground.store.write(fail)
        await ground.wake("kept")
        await until(lambda: drained)
    assert drained == ["kept"]


async def test_a_lane_is_drained_once_at_a_time_and_once_more_for_a_wake_meanwhile(ground: Ground) -> None:
    inside, most, runs = 0, 0, 0
    gate = asyncio.Event()

    async def drain(_lane: str) -> None:
        nonlocal inside, most, runs
        inside, runs = inside + 1, runs + 1
        most = max(most, inside)
        await gate.wait()
        inside -= 1

    async with ground.running(drain):
        for _ in range(5):
            await ground.wake("a")
        await until(lambda: inside == 1)
        gate.set()
        await until(lambda: runs >= 2 and inside == 0)
    assert most == 1


async def test_different_lanes_run_side_by_side(ground: Ground) -> None:
    inside: set[str] = set()
    gate = asyncio.Event()

    async def drain(lane: str) -> None:
        inside.add(lane)
        await gate.wait()

    async with ground.running(drain):
        await ground.wake("a")
        await ground.wake("b")
        await until(lambda: inside == {"a", "b"})
        gate.set()


async def test_lanes_that_hang_do_not_keep_lanes_of_another_kind_from_being_drained(ground: Ground) -> None:
    """Sending waits for a network; understanding must not wait with it."""
    inside: set[str] = set()
    gate = asyncio.Event()

    async def drain(lane: str) -> None:
        inside.add(lane)
        if not lane.startswith("conversation:"):
            await gate.wait()

    async with ground.running(drain):
        for number in range(50):
            await ground.wake(f"send:{number}")
            await ground.wake(f"profile:{number}")
        await until(lambda: any(lane.startswith("send:") for lane in inside))
        await ground.wake("conversation:1")
        await until(lambda: "conversation:1" in inside)
        gate.set()


async def test_a_lane_that_is_not_done_is_drained_again_when_it_said(ground: Ground) -> None:
    runs = 0

    async def drain(_lane: str) -> float | None:
        nonlocal runs
        runs += 1
        return 0.02 if runs < 3 else None

    async with ground.running(drain):
        await ground.wake("a")
        await until(lambda: runs == 3)


async def test_a_drain_that_fails_does_not_stop_the_others(ground: Ground) -> None:
    drained: list[str] = []

    async def drain(lane: str) -> None:
        if lane == "bad":
            raise KeyError(lane)
        drained.append(lane)

    async with ground.running(drain):
        await ground.wake("bad")
        await ground.wake("good")
        await until(lambda: drained == ["good"])


async def test_unfinished_work_is_found_at_the_start(ground: Ground) -> None:
    await ground.store.write(
        lambda tx: rows.enqueue(tx, lane="old", kind="read", subject_id=1, position="1", now=ground.clock())
    )
    drained: list[str] = []

    async def drain(lane: str) -> None:
        drained.append(lane)

    async with ground.running(drain):
        await until(lambda: "old" in drained)


async def test_regular_work_is_done_again_and_again(ground: Ground) -> None:
    times = []

    async def work(now: Any) -> None:
        times.append(now)
        if len(times) == 1:
            raise KeyError("once")

    ground.engine.every(0.01, work)

    async def drain(_lane: str) -> None:
        return None

    async with ground.running(drain):
        await until(lambda: len(times) >= 3)
    assert times[0] == ground.clock()
