"""A simulated corp, served over real HTTP, and what its people and its administrators see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.web.serving import served
from webhooks.simulator.app import create_simulator
from webhooks.simulator.envelope import Address, Sealed, parse_xml, seal, to_xml
from webhooks.simulator.faults import Limits
from webhooks.simulator.simulator import Options, Simulator
from webhooks.simulator.state import Message
from webhooks.simulator.world import DEMO_WORLD, World
from wenzhen.demo import DEMO_AGENT, DEMO_CORP, DEMO_CUSTOMER, DEMO_REP, Keys

TAKEN_KF = "wkQz5MvRAAe1H8tdn4yGc7BoXs3JpU6w"
"""Here a servicer takes every chat at once."""
OPEN_KF = "wkTr8NbLAAf5Y2gxq9mVd3CwEk6HoZ1s"
"""Here nobody does, so that programs may send."""
WANG, ZHAO = DEMO_CUSTOMER, "wmJt6DrFAAz9N3hbq0eSl5CyUm2WkX8p"
REP, OTHER_REP = DEMO_REP, "zhoumin"
REPS = (REP, OTHER_REP, "hejing", "luowei")
"""More than the demo has: who is told more than WeCom delivers in a minute has to wait for the rest."""


class Postman(httpx.AsyncBaseTransport):
    """Carries the simulator's callbacks and notes what was acknowledged, by reading the sealed letters."""

    def __init__(self) -> None:
        self._line = httpx.AsyncHTTPTransport()
        self.sim: Simulator | None = None
        self.acknowledged: list[dict[str, Any]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._line.handle_async_request(request)
        if request.method == "POST" and response.status_code == httpx.codes.OK:
            self.acknowledged.append(self._opened(request))
        return response

    def _opened(self, request: httpx.Request) -> dict[str, Any]:
        assert self.sim is not None
        door = self.sim.doors[request.url.path.rsplit("/", 1)[-1]]
        return parse_xml(door.cipher().decrypt(parse_xml(request.content)["Encrypt"]))


class Corp:
    """The people of the corp, and the switches of its WeCom."""

    def __init__(self, sim: Simulator, postman: Postman, keys: Keys, http: httpx.AsyncClient) -> None:
        self.sim = sim
        self.postman = postman
        self.keys = keys
        self.http = http
        self.url = str(http.base_url)

    async def play(self, path: str, body: dict[str, Any]) -> Any:
        response = await self.http.post(f"/sim/api/{path}", json=body)
        response.raise_for_status()
        return response.json()

    async def customer_says(self, text: str, *, kf: str = TAKEN_KF, who: str = WANG) -> str:
        said = await self.play(f"kf/{kf}/{who}/customer", {"kind": "text", "text": text})
        return f"kf:{said['id']}"

    async def rep_says(self, text: str, *, rep: str = REP) -> str:
        said = await self.play(f"apps/{DEMO_AGENT}/{rep}/message", {"kind": "text", "text": text})
        return f"app:{DEMO_AGENT}:{said['id']}"

    async def faults(self, **wanted: Any) -> None:
        await self.play("faults", wanted)

    def letters(self, rep: str = REP) -> list[Message]:
        """What the bot sent to a rep, as the rep sees it."""
        messages = self.sim.state.app_chat(int(DEMO_AGENT), rep).messages
        return [one for one in messages if one.speaker == "app" and one.status == "ok"]

    def replies(self, kf: str = OPEN_KF, who: str = ZHAO) -> list[str]:
        """What a program sent to a customer, as the customer sees it."""
        return [one.text for one in self.sim.state.kf_chat(kf, who).messages if one.speaker == "api"]

    def passed(self, name: str, kind: str = "api") -> list[dict[str, Any]]:
        """What travelled under this name."""
        return [one for one in self.sim.trace.after(0) if one["name"] == name and one["kind"] == kind]

    def acknowledged_keys(self) -> set[str]:
        """The keys under which acknowledged messages of reps have to be stored."""
        return {f"app:{DEMO_AGENT}:{one['MsgId']}" for one in self.postman.acknowledged if one.get("MsgId")}

    def acknowledged_signals(self) -> set[str]:
        """The tokens of the acknowledged signals of 微信客服."""
        return {one["Token"] for one in self.postman.acknowledged if one.get("Token")}

    def sealed(self, fields: dict[str, Any] | bytes, *, door: str = "app", **changes: Any) -> Sealed:
        """Return a callback as WeCom would seal it."""
        message = fields if isinstance(fields, bytes) else to_xml(fields)
        cipher = changes.get("cipher", self.sim.doors[door].cipher())
        address = Address(to_user=DEMO_CORP, agent_id=DEMO_AGENT)
        return seal(cipher, "xml", message, address, now=changes.get("now", self.sim.clock()))


def corp_file(folder: Path) -> Path:
    """Describe the demo's corp with more reps, and with a second account, which no servicer takes."""
    world = yaml.safe_load(DEMO_WORLD.read_text(encoding="utf-8"))
    world["members"] += [{"userid": rep, "name": rep, "position": "销售"} for rep in REPS[2:]]
    account = {
        "open_kfid": OPEN_KF,
        "name": "售后咨询",
        "servicers": [REP],
        "door": "kf",
        "authorised": ["kf"],
    }
    world["kf_accounts"].append(account)
    path = folder / "corp.yaml"
    path.write_text(yaml.safe_dump(world, allow_unicode=True), encoding="utf-8")
    return path


@asynccontextmanager
async def opened_corp(folder: Path, product_url: str) -> AsyncIterator[Corp]:
    """Serve the corp's WeCom until the block ends."""
    keys = Keys.load_or_make(folder / "keys.json", product_url)
    world = World.load(corp_file(folder), {"app": keys.app, "kf": keys.kf})
    postman = Postman()
    # A product that is killed again and again says and asks more in a minute than one that lives.
    relaxed = Limits(member_messages_per_minute=1000, pulls_without_token_per_minute=1000)
    app = create_simulator(world, Options(limits=relaxed, transport=postman))
    postman.sim = app.state.simulator
    # The server closes what is idle for five seconds; whoever waits as long may find the line just closing.
    limits = httpx.Limits(keepalive_expiry=2)
    async with served(app) as url, httpx.AsyncClient(base_url=url, timeout=30, limits=limits) as http:
        yield Corp(app.state.simulator, postman, keys, http)
