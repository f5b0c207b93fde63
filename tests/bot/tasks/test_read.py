"""Signals of one lane that waited together are read together; deliveries with their own content are not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.errors import CannotProcess, TryLater
from bot.interfaces import Page
from bot.store import deliveries, jobs
from bot.store.jobs import ParkedJob
from bot.tasks.catch_up import CatchUp
from bot.tasks.read import Read
from tests.bot.conftest import House
from tests.fakes import BOT_CHAT, FakeChannel, said

LANE = "read:kf:wkAAA"


async def announce(house: House, token: str, *, door: str = "kf", lane: str = LANE) -> None:
    payload = {"open_kfid": "wkAAA", "token": token}
    await house.store.write(
        lambda tx: deliveries.save(
            tx, door=door, key=token, lane=lane, payload=payload, received_at=house.clock()
        )
    )


def page(*texts: str, cursor: str, more: bool = False) -> Page:
    items = tuple(said(text, order=number) for number, text in enumerate(texts))
    return Page(items=items, cursor=cursor, has_more=more)


def tokens(channel: FakeChannel) -> list[Any]:
    return [payload.get("token") for payload in channel.announced]


async def unfinished(house: House) -> dict[str, int]:
    counts = await house.store.read(jobs.counts)
    return {state: number for state, number in counts.items() if state != jobs.DONE}


async def parked(house: House) -> list[ParkedJob]:
    return await house.store.read(jobs.parked)


async def test_signals_that_waited_are_read_once_with_the_newest_token(house: House) -> None:
    for token in ("t1", "t2", "t3"):
        await announce(house, token)
    await house.settle()
    assert tokens(house.kf) == ["t3"]
    assert await unfinished(house) == {}


async def test_after_an_outage_the_try_that_succeeds_uses_the_newest_token(house: House) -> None:
    house.kf.pages.append(TryLater("away"))
    await announce(house, "t1")
    await house.settle()
    house.clock.advance(3600)
    for token in ("t2", "t3"):
        await announce(house, token)
    await house.settle()
    assert tokens(house.kf) == ["t1", "t3"]
    assert await unfinished(house) == {}


async def test_until_the_last_page_is_stored_every_signal_keeps_its_job(house: House) -> None:
    house.kf.pages.extend([page("一", cursor="a", more=True), TryLater("away"), page("二", cursor="b")])
    for token in ("t1", "t2", "t3"):
        await announce(house, token)
    await house.drain(LANE)
    waiting = await house.store.read(lambda tx: jobs.unfinished_lanes(tx, house.clock() + timedelta(days=1)))
    assert LANE in waiting
    assert (await unfinished(house))["ready"] >= 3
    house.clock.advance(60)
    await house.settle()
    assert house.kf.cursors == [None, "a", "a"]
    assert await unfinished(house) == {}


@dataclass
class Interrupted(FakeChannel):
    """A signal arrives while the page is under way."""

    house: House | None = None

    async def read(self, delivery: dict[str, Any], cursor: str | None) -> Page:
        found = await super().read(delivery, cursor)
        if self.house is not None:
            house, self.house = self.house, None
            await announce(house, "late")
        return found


async def test_a_signal_that_comes_during_the_reading_is_read_for_itself(house: House) -> None:
    channel = Interrupted(house=house)
    channels: dict[str, FakeChannel] = {"kf": channel}
    read = Read(house.store, channels, house.clock)
    house.drain._tasks = {"read": read}
    for token in ("t1", "t2"):
        await announce(house, token)
    await house.settle()
    assert tokens(channel) == ["t2", "late"]
    assert await unfinished(house) == {}


async def test_other_lanes_keep_their_jobs(house: House) -> None:
    await announce(house, "t1")
    await announce(house, "other", lane="read:kf:wkBBB")
    await house.drain(LANE)
    assert tokens(house.kf) == ["t1"]
    assert await unfinished(house) == {"ready": 1}


async def test_deliveries_that_hold_their_own_content_are_read_one_by_one(house: House) -> None:
    house.app.pages.extend(
        Page(items=(said(f"第{number}句", conversation=BOT_CHAT, order=number),), cursor=None, has_more=False)
        for number in range(3)
    )
    for token in ("d1", "d2", "d3"):
        await announce(house, token, door="app", lane="read:app:lixiang")
    await house.settle()
    assert tokens(house.app) == ["d1", "d2", "d3"]


async def test_a_complete_reading_also_ends_what_was_parked_before_it(house: House) -> None:
    house.kf.pages.append(CannotProcess("客服账号没有授权"))
    await announce(house, "t1")
    await house.settle()
    assert [job.kind for job in await parked(house)] == ["read"]
    await announce(house, "t2")
    await house.settle()
    assert await parked(house) == []


async def test_catching_up_leaves_a_lane_alone_whose_signal_waits(house: House) -> None:
    """Its pretended signal has no token, and would come after the one that has."""
    house.kf.pages.extend([page("一", cursor="a"), TryLater("away")])
    await announce(house, "t1")
    await house.settle()
    await announce(house, "t2")
    await house.drain(LANE)
    await CatchUp(house.store)(house.clock())
    house.clock.advance(60)
    await house.settle()
    assert tokens(house.kf) == ["t1", "t2", "t2"]
