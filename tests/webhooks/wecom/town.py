"""The simulator and the product's door in one process, joined by two lines that only carry bytes."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import httpx
from fastapi import FastAPI

from bot.errors import TryLater
from tests.webhooks.wecom.fakes import MemoryTokens, Sleeps
from webhooks.simulator.app import create_simulator
from webhooks.simulator.faults import Limits
from webhooks.simulator.simulator import Options
from webhooks.simulator.world import DEMO_WORLD, DoorKeys, World
from webhooks.wecom.app_channel import AppChannel
from webhooks.wecom.client import Client
from webhooks.wecom.contacts import Contacts
from webhooks.wecom.counters import Counters
from webhooks.wecom.endpoint import Door, DoorKind, callback_router
from webhooks.wecom.envelope import Envelope
from webhooks.wecom.kf import Kf
from webhooks.wecom.kf_channel import KfChannel
from webhooks.wecom.limits import MemberLimit
from webhooks.wecom.login import Login
from webhooks.wecom.media import Media
from webhooks.wecom.messages import Messages
from webhooks.wecom.tokens import TokenSource
from webhooks.wecom.wire import Wire

AGENT = 1_000_002
KFID = "wkQz5MvRAAe1H8tdn4yGc7BoXs3JpU6w"
WANG = "wmHs8KqTAAx3P0wjg2mYv1ZcRf7LdQ9e"


class Time:
    """One clock for both sides; sleeping moves it."""

    def __init__(self):
        self.now = 1_760_000_000.0

    def __call__(self):
        return self.now

    def date(self):
        return datetime.fromtimestamp(self.now, UTC)

    async def sleep(self, seconds):
        self.now += seconds
        await asyncio.sleep(0)


class Line(httpx.AsyncBaseTransport):
    """An ASGI transport on which an unfinished answer is a broken connection, as on a real one."""

    def __init__(self, app):
        self.inner = httpx.ASGITransport(app)

    async def handle_async_request(self, request):
        try:
            return await self.inner.handle_async_request(request)
        except AssertionError as error:
            raise httpx.RemoteProtocolError("peer closed connection") from error


class Inbox:
    """Keeps each key once, in order of arrival; may be busy for a while."""

    def __init__(self):
        self.kept = {}
        self.calls = self.busy_calls = 0

    async def __call__(self, delivery):
        self.calls += 1
        if self.busy_calls:
            self.busy_calls -= 1
            raise TryLater("busy")
        self.kept.setdefault(delivery.key, delivery)

    def of(self, door):
        return [one for one in self.kept.values() if one.door == door]


class Town:
    """The simulator and the product's door, joined by two lines."""

    def __init__(self, folder, *, limits=None, taken_by=""):
        self.time, self.inbox, self.counters = Time(), Inbox(), Counters()
        self.keys = {name: DoorKeys.generate(f"http://door/callbacks/wecom/{name}") for name in ("app", "kf")}
        world = World.load(_world_file(folder, taken_by), self.keys)
        self.corp_id = world.corp_id
        door_app = FastAPI()
        options = Options(
            clock=self.time,
            sleep=self.time.sleep,
            limits=limits or Limits(),
            transport=httpx.ASGITransport(door_app),
        )
        self.app = create_simulator(world, options)
        self.sim = self.app.state.simulator
        self._open_doors(door_app)
        self._make_channels()

    def _open_doors(self, door_app):
        doors = {name: self.door(name, self.corp_id) for name in self.keys}
        door_app.include_router(
            callback_router(doors, self.inbox, counters=self.counters, clock=self.time.date, sleep=Sleeps())
        )

    def _make_channels(self):
        self.people = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://wecom")
        self.http = httpx.AsyncClient(transport=Line(self.app), base_url="http://wecom")
        self.wire = Wire(self.http, sleep=Sleeps())
        app_client, kf_client = self.client("app"), self.client("kf")
        self.login, self.app_media = Login(app_client), Media(app_client)
        self.messages = Messages(app_client, agent_id=AGENT, limit=MemberLimit(self.time.date))
        self.kf_api = Kf(kf_client)
        self.app_channel = AppChannel(
            messages=self.messages,
            media=self.app_media,
            agent_id=AGENT,
            counters=self.counters,
            clock=self.time.date,
        )
        self.kf_channel = KfChannel(
            kf=self.kf_api,
            media=Media(kf_client),
            contacts=Contacts(app_client),
            counters=self.counters,
            clock=self.time.date,
        )

    def door(self, name, corp_id):
        keys = self.keys[name]
        envelope = Envelope(token=keys.token, encoding_aes_key=keys.aes_key, receiver_id=corp_id)
        return Door(name=name, kind=DoorKind(name), envelope=envelope)

    def client(self, family):
        source = TokenSource(
            wire=self.wire,
            corp_id=self.corp_id,
            family=family,
            secret=self.keys[family].secret,
            store=MemoryTokens(),
            clock=self.time.date,
        )
        return Client(self.wire, source)

    async def play(self, path, **body):
        response = await self.people.post(f"/sim/api/{path}", json=body)
        assert response.status_code == 200, response.text
        await self.sim.settle()
        return response.json()

    async def customer_says(self, text):
        return await self.play(f"kf/{KFID}/{WANG}/customer", kind="text", text=text)

    async def rep_says(self, text):
        return await self.play(f"apps/{AGENT}/lixiang/message", kind="text", text=text)

    async def faults(self, **wanted):
        await self.play("faults", **wanted)

    async def read_kf(self, cursor=None):
        """Read what all signals announced, each until has_more ends, as the worker does."""
        items = []
        for delivery in self.inbox.of("kf"):
            more = True
            while more:
                page = await self.kf_channel.read(delivery.payload, cursor)
                items += page.items
                cursor, more = page.cursor, page.has_more
        return items, cursor

    def fetches(self):
        return sum(entry["name"] == "gettoken" for entry in self.sim.trace.after(0))

    def kf_texts(self):
        return [one.text for one in self.sim.state.kf_chat(KFID, WANG).messages if one.speaker == "api"]

    def app_messages(self):
        return [one for one in self.sim.state.app_chat(AGENT, "lixiang").messages if one.speaker == "app"]


def _world_file(folder, taken_by):
    text = DEMO_WORLD.read_text(encoding="utf-8")
    assert "    taken_by: lixiang\n" in text
    path = Path(folder) / "world.yaml"
    replacement = f"    taken_by: {taken_by}\n" if taken_by else ""
    path.write_text(text.replace("    taken_by: lixiang\n", replacement), encoding="utf-8")
    return path
