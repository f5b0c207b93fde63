"""The event stream: newest panel first, resumes, beats, ends when it should."""

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest

from tests.web.conftest import cookie_of
from tests.web.fakes import view
from tests.web.serving import served
from web.sessions import MAX_SECONDS
from web.sidebar.stream import STREAM_SECONDS, STREAMS_PER_REP, event

EVENTS = "/sidebar/c/1/events"


class Reader:
    """Reads events off a response."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()

    async def block(self) -> dict[str, str]:
        fields: dict[str, str] = {}
        async with asyncio.timeout(5):
            async for line in self._lines:
                if not line:
                    return fields
                name, _, value = line.partition(": ")
                fields[name or "comment"] = value
        return {"end": ""}

    async def event(self, name: str) -> dict[str, str]:
        while True:
            fields = await self.block()
            assert "end" not in fields
            if fields.get("event") == name:
                return fields


@asynccontextmanager
async def listening(base, sessions, rep_id="lilei", *, path=EVENTS, after=None, headers=None):
    params = None if after is None else {"after": after}
    client = httpx.AsyncClient(base_url=base, cookies=cookie_of(sessions, rep_id), timeout=5)
    async with client, client.stream("GET", path, params=params, headers=headers) as response:
        yield response, Reader(response)


async def until(holds) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.01)


async def test_a_new_browser_gets_the_panel_at_once(app, sessions):
    async with served(app) as base, listening(base, sessions) as (response, reader):
        assert response.headers["content-type"].startswith("text/event-stream")
        fields = await reader.event("panel")
    data = json.loads(fields["data"])
    assert fields["id"] == "7-12"
    assert (data["version"], data["message_id"], data["suggestion_id"]) == (7, 55, 12)
    assert "可以这样回" in data["html"]


async def test_each_new_version_is_pushed(app, sessions, desk):
    async with served(app) as base, listening(base, sessions, after="7-12") as (_, reader):
        await reader.block()
        for version in (8, 9):
            await desk.push(view(version=version, customer_name=f"第{version}版"))
            fields = await reader.event("panel")
            assert fields["id"] == f"{version}-12"
            assert f"第{version}版" in fields["data"]


async def test_a_browser_that_comes_back_gets_what_it_missed(app, sessions, desk):
    desk.put(view(version=9))
    headers = {"last-event-id": "7-12"}
    async with served(app) as base, listening(base, sessions, after="3-12", headers=headers) as (_, reader):
        assert (await reader.event("panel"))["id"] == "9-12"


async def test_a_browser_that_missed_nothing_gets_only_heartbeats(app, sessions):
    async with (
        served(app) as base,
        listening(base, sessions, headers={"last-event-id": "7-12"}) as (_, reader),
    ):
        assert "retry" in await reader.block()
        assert [await reader.block() for _ in range(3)] == [{"comment": ""}] * 3


async def test_a_suggestion_that_goes_stale_leaves_the_screen_though_no_version_says_so(app, sessions, desk):
    async with served(app) as base, listening(base, sessions, after="7-12") as (_, reader):
        await reader.block()
        desk.put(view(offer=None))
        fields = await reader.event("panel")
    assert fields["id"] == "7-0"
    assert json.loads(fields["data"])["suggestion_id"] is None


@pytest.mark.parametrize("seen", [{"after": "7-12"}, {"headers": {"last-event-id": "7-12"}}])
async def test_one_that_went_stale_while_the_browser_was_away_leaves_too(app, sessions, desk, seen):
    desk.put(view(offer=None))
    async with served(app) as base, listening(base, sessions, **seen) as (_, reader):
        assert (await reader.event("panel"))["id"] == "7-0"


async def test_the_rep_counts_as_watching_exactly_while_the_stream_is_open(app, sessions, desk):
    async with served(app) as base:
        async with listening(base, sessions) as (_, reader):
            await reader.event("panel")
            assert desk.watchers == [("lilei", 1)]
        await until(lambda: desk.watchers == [])


async def test_a_conversation_that_goes_to_another_rep_leaves_the_screen(app, sessions, desk):
    async with served(app) as base, listening(base, sessions, after="7-12") as (_, reader):
        await reader.block()
        await desk.push(view(version=8, customer_name="不该看到"), rep_id="hanmeimei")
        await reader.event("gone")
        assert await reader.block() == {"end": ""}


async def test_a_session_that_ends_closes_its_stream(app, sessions, clock):
    async with served(app) as base, listening(base, sessions, after="7-12") as (_, reader):
        await reader.block()
        clock.now += MAX_SECONDS
        await reader.event("signed-out")
        assert await reader.block() == {"end": ""}


async def test_a_stream_ends_now_and_then_so_that_the_browser_signs_in_anew(app, sessions, clock):
    async with served(app) as base, listening(base, sessions, after="7-12") as (_, reader):
        await reader.block()
        clock.now += STREAM_SECONDS
        while "end" not in (fields := await reader.block()):
            assert "event" not in fields


async def test_two_reps_never_see_each_others_panels(app, sessions, desk):
    desk.put(view(conversation_id=2, customer_name="赵敏"), rep_id="hanmeimei", customer_id="wm2")
    async with served(app) as base, listening(base, sessions, after="7-12") as (_, reader):
        await reader.block()
        await desk.push(
            view(conversation_id=2, version=8, customer_name="赵敏"), rep_id="hanmeimei", customer_id="wm2"
        )
        assert [await reader.block() for _ in range(3)] == [{"comment": ""}] * 3


async def test_one_rep_cannot_hold_all_streams(app, sessions, desk):
    cookies = cookie_of(sessions, "lilei")
    async with served(app) as base, httpx.AsyncClient(base_url=base, cookies=cookies) as client:
        async with AsyncExitStack() as open_ones:
            for _ in range(STREAMS_PER_REP):
                await open_ones.enter_async_context(client.stream("GET", EVENTS))
            await until(lambda: len(desk.watchers) == STREAMS_PER_REP)
            assert (await client.get(EVENTS)).status_code == 429
        await until(lambda: desk.watchers == [])
        async with client.stream("GET", EVENTS) as again:
            assert again.status_code == 200


async def test_who_waits_for_a_customer_is_told_when_the_conversation_is_there(app, sessions, desk):
    waiting = "/sidebar/waiting?customer=wm2"
    async with served(app) as base, listening(base, sessions, path=waiting) as (_, reader):
        await reader.block()
        assert desk.watchers == [("lilei", "wm2")]
        desk.put(view(conversation_id=2), customer_id="wm2")
        assert json.loads((await reader.event("found"))["data"]) == {"conversation_id": 2}
        assert desk.watchers == [("lilei", "wm2")]


async def test_who_waits_for_a_foreign_customer_is_told_nothing(app, sessions):
    waiting = "/sidebar/waiting?customer=wm1"
    async with served(app) as base, listening(base, sessions, "hanmeimei", path=waiting) as (_, reader):
        await reader.block()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await reader.block()


@pytest.mark.parametrize("path", [EVENTS, "/sidebar/waiting?customer=wm1"])
async def test_another_sites_page_cannot_listen(client, path):
    answer = await client.get(path, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize("text", ["两\n行", "data: x\n\nevent: gone", "\r\r"])
def test_an_event_is_always_one_line_of_data(text):
    written = event("panel", {"html": text}, "3-0")
    assert written.count("\n") == 4
    assert "\r" not in written
    assert json.loads(written.split("data: ", 1)[1]) == {"html": text}
