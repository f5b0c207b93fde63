"""What every channel must do, whether it is the fake or speaks to the simulated WeCom."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.domain.conversation import ConversationKey, IncomingMessage, Speaker
from bot.errors import CannotProcess
from bot.interfaces import Channel, Outgoing, Page, Profile
from tests.fakes import START, FakeChannel, said
from tests.webhooks.wecom.town import AGENT, KFID, WANG, Town

CUSTOMER = ConversationKey(channel="kf", account=KFID, party=WANG)
REP = ConversationKey(channel="app", account=str(AGENT), party="lixiang")


@dataclass
class Line:
    """A channel, how somebody on its other side speaks, and what the receiver got."""

    channel: Channel
    other: ConversationKey
    speaker: Speaker
    speak: Callable[[str], Awaitable[None]]
    announced: Callable[[], dict]
    arrived: Callable[[], list[str]]


def fake(_town: Town) -> Line:
    channel = FakeChannel()
    waiting: deque[IncomingMessage] = deque()

    async def speak(text: str) -> None:
        order = len(waiting)
        waiting.append(said(text, order=order, conversation=CUSTOMER, at=START))
        channel.pages.clear()
        channel.pages.append(Page(items=tuple(waiting), cursor=str(order), has_more=False))

    channel.profiles[WANG] = Profile(customer_id=WANG, name="王建国", company="恒盛精密")

    def arrived() -> list[str]:
        return list(dict.fromkeys(one.body["content"] for one in channel.sent))

    return Line(channel, CUSTOMER, Speaker.CUSTOMER, speak, dict, arrived)


def kf(town: Town) -> Line:
    def announced() -> dict:
        return town.inbox.of("kf")[-1].payload

    return Line(town.kf_channel, CUSTOMER, Speaker.CUSTOMER, town.customer_says, announced, town.kf_texts)


@pytest.fixture(params=[fake, kf], ids=["fake", "kf"])
async def line(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Line]:
    town = Town(tmp_path)
    make: Callable[[Town], Line] = request.param
    yield make(town)
    await town.sim.close()


async def read_all(line: Line, cursor: str | None = None) -> tuple[list[IncomingMessage], str | None]:
    found: list[IncomingMessage] = []
    more = True
    while more:
        page = await line.channel.read(line.announced(), cursor)
        found += [item for item in page.items if isinstance(item, IncomingMessage)]
        cursor, more = page.cursor, page.has_more
    return found, cursor


async def test_what_was_said_is_read_in_order_with_unique_keys(line: Line) -> None:
    for text in ("第一句", "第二句", "第三句"):
        await line.speak(text)
    found, _ = await read_all(line)
    assert [one.text for one in found] == ["第一句", "第二句", "第三句"]
    assert [one.sort_key for one in found] == sorted(one.sort_key for one in found)
    assert len({one.key for one in found}) == 3
    assert {(one.speaker, one.conversation) for one in found} == {(line.speaker, line.other)}


async def test_reading_from_the_returned_cursor_brings_nothing_twice(line: Line) -> None:
    await line.speak("一句")
    _, cursor = await read_all(line)
    again, _ = await read_all(line, cursor)
    assert again == []


async def test_read_by_a_cursor_the_newest_announcement_leaves_nothing_to_the_earlier_ones(
    line: Line,
) -> None:
    assert line.channel.by_cursor
    announced = []
    for text in ("第一句", "第二句", "第三句"):
        await line.speak(text)
        announced.append(line.announced())
    found, cursor = await read_all(line)
    assert len(found) == 3
    for earlier in announced:
        assert (await line.channel.read(earlier, cursor)).items == ()


async def test_not_read_by_a_cursor_every_delivery_brings_its_own(tmp_path: Path) -> None:
    town = Town(tmp_path)
    for text in ("第一句", "第二句", "第三句"):
        await town.rep_says(text)
    assert not town.app_channel.by_cursor
    pages = [await town.app_channel.read(one.payload, None) for one in town.inbox.of("app")]
    assert [[one.text for one in page.items] for page in pages] == [["第一句"], ["第二句"], ["第三句"]]
    assert not any(page.has_more for page in pages)
    await town.sim.close()


async def test_a_repeat_with_the_same_key_never_arrives_twice_on_a_keyed_channel(line: Line) -> None:
    await line.speak("在吗")
    assert line.channel.keyed
    letter = Outgoing(key="k1", conversation=line.other, kind="text", body={"content": "您好"})
    first = await line.channel.send(letter)
    await line.channel.send(Outgoing(**{**vars(letter), "repeat": True}))
    assert first.channel_id
    assert line.arrived() == ["您好"]


async def test_the_customer_has_a_name(line: Line) -> None:
    await line.speak("在吗")
    profile = await line.channel.profile(line.other)
    assert profile == Profile(customer_id=WANG, name="王建国", company="恒盛精密")


async def test_what_a_channel_cannot_carry_is_refused_for_good(tmp_path: Path) -> None:
    town = Town(tmp_path)
    for channel, to in ((town.kf_channel, CUSTOMER), (town.app_channel, REP)):
        with pytest.raises(CannotProcess):
            await channel.send(Outgoing(key="k", conversation=to, kind="hologram", body={}))
    await town.sim.close()
