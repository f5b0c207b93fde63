"""A send whose end could not be noted is an unknown outcome: it is repeated as one, and marked."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from bot.domain.conversation import ConversationKind
from bot.errors import MaybeDone, TryLater
from bot.interfaces import Outgoing, Sent
from bot.store import conversations, outbox
from bot.store.store import DatabaseAway, Transaction
from bot.tasks.drain import Drain
from bot.tasks.send import Send
from tests.bot.conftest import House
from tests.fakes import BOT_CHAT, FakeChannel


@dataclass
class Unlucky(FakeChannel):
    """Sends, but the first time something happens before anybody hears of it."""

    name: str = "app"
    keyed: bool = False
    by_cursor: bool = False
    mishaps: list[Callable[[], Awaitable[object]]] = field(default_factory=list)

    async def send(self, message: Outgoing) -> Sent:
        sent = await super().send(message)
        if self.mishaps:
            await self.mishaps.pop()()
        return sent


def put_letter(tx: Transaction, now: datetime) -> int:
    chat, _ = conversations.ensure(tx, BOT_CHAT, ConversationKind.BOT, "lixiang")
    outbox.put(tx, chat, "text", {"content": "您好"}, now)
    return chat


async def waiting(house: House, channel: Unlucky, lease_seconds: float = 60) -> tuple[Drain, str]:
    """Put a letter into the outbox; return what sends it, and its lane."""
    sender = Send(house.store, {"app": channel}, house.clock)
    drain = Drain(house.store, {"send": sender}, house.clock, lease_seconds=lease_seconds)
    return drain, f"send:{await house.store.write(lambda tx: put_letter(tx, house.clock()))}"


async def writable(house: House, *, yes: bool) -> None:
    """Let the database refuse to be written, or take it again."""
    connection = house.store._writer.raw_connection()
    connection.cursor().execute(f"PRAGMA query_only={'OFF' if yes else 'ON'}")
    connection.close()


async def test_a_send_that_could_not_be_noted_comes_again_at_once_and_marked(house: House) -> None:
    channel = Unlucky(mishaps=[lambda: writable(house, yes=False)])
    drain, lane = await waiting(house, channel)
    with pytest.raises(DatabaseAway):
        await drain(lane)
    await writable(house, yes=True)
    assert await drain(lane) is None
    assert [one.repeat for one in channel.sent] == [False, True]
    totals = await house.store.read(outbox.totals)
    assert (totals["sent"], totals["maybe_twice"]) == (1, 1)


async def test_a_send_that_was_cut_off_by_its_lease_comes_later_and_marked(house: House) -> None:
    channel = Unlucky(mishaps=[lambda: asyncio.sleep(10)])
    drain, lane = await waiting(house, channel, lease_seconds=0.5)
    assert (await drain(lane) or 0) >= 0.9
    house.clock.advance(1)
    assert await drain(lane) is None
    assert [one.repeat for one in channel.sent] == [False, True]
    totals = await house.store.read(outbox.totals)
    assert (totals["sent"], totals["maybe_twice"]) == (1, 1)


async def test_a_repeat_of_what_went_out_late_is_not_swallowed(house: House) -> None:
    """The first waited out an outage: it was written long ago, and WeCom's duplicate check knows it well."""
    channel = Unlucky(failures=deque([TryLater("away")]))
    drain, lane = await waiting(house, channel)
    await drain(lane)
    house.clock.advance(1800)
    await drain(lane)
    house.clock.advance(60)
    await house.store.write(lambda tx: put_letter(tx, house.clock()))
    await drain(lane)
    assert [one.guard_duplicates for one in channel.sent] == [True, False]


async def test_an_unknown_outcome_after_a_long_wait_is_still_inside_the_guard(house: House) -> None:
    channel = Unlucky(failures=deque([TryLater("away"), MaybeDone("no answer"), MaybeDone("no answer")]))
    drain, lane = await waiting(house, channel)
    await drain(lane)
    house.clock.advance(1800)
    for _ in range(3):
        await drain(lane)
        house.clock.advance(30)
    totals = await house.store.read(outbox.totals)
    assert (totals["sent"], totals["parked"]) == (1, 0)


async def test_a_single_repeat_without_a_guard_waits_a_minute(house: House) -> None:
    channel = Unlucky()
    drain, lane = await waiting(house, channel)
    await drain(lane)
    await house.store.write(lambda tx: put_letter(tx, house.clock()))
    channel.failures.append(MaybeDone("no answer"))
    assert (await drain(lane) or 0) >= 60
    house.clock.advance(60)
    assert await drain(lane) is None
    assert [one.repeat for one in channel.sent] == [False, True]
