"""A small simulated corp on a stage: a clock that is set by hand and a receiver that misbehaves on request."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import httpx

from webhooks.simulator.app import create_simulator
from webhooks.simulator.envelope import parse_xml
from webhooks.simulator.faults import Limits
from webhooks.simulator.simulator import Options
from webhooks.simulator.world import DoorKeys, World

CORP = "wwSTAGE"
KF, OTHER_KF = "wkFRONT", "wkBACK"
WANG, CHEN, STRANGER = "wmWang", "wmChen", "wmStranger"
DESCRIPTION = {
    "corp_id": CORP,
    "corp_name": "舞台公司",
    "members": [
        {"userid": "LiXiang", "name": "李想", "departments": [1, 2]},
        {"userid": "zhoumin", "name": "周敏"},
        {"userid": "hidden", "name": "看不见", "departments": [3]},
    ],
    "customers": [
        {"external_userid": WANG, "name": "王建国", "company": "恒盛精密", "followed_by": ["LiXiang"]},
        {"external_userid": CHEN, "name": "陈丽华"},
    ],
    "tags": {"7": ["zhoumin"]},
    "doors": [
        {
            "name": "app",
            "title": "机器人",
            "agentid": 1000002,
            "capabilities": ["message", "contact", "oauth"],
            "visible": ["LiXiang", "zhoumin"],
            "trusted_hosts": ["app.example"],
        },
        {"name": "other", "title": "另一个", "agentid": 1000003, "capabilities": ["message"]},
        {"name": "kf", "title": "客服", "capabilities": ["kf"]},
        {
            "name": "bot",
            "title": "智能机器人",
            "capabilities": [],
            "envelope": "json",
            "receive_id": "",
        },
    ],
    "kf_accounts": [
        {
            "open_kfid": KF,
            "name": "售前",
            "servicers": ["LiXiang", "zhoumin"],
            "stopped_servicers": ["zhoumin"],
            "door": "kf",
            "authorised": ["kf"],
        },
        {
            "open_kfid": OTHER_KF,
            "name": "售后",
            "servicers": ["LiXiang"],
            "taken_by": "LiXiang",
            "door": "kf",
            "authorised": ["other"],
        },
    ],
}


class Clock:
    """Time stands still unless somebody moves it; sleeping moves it, unless sleepers are held."""

    def __init__(self):
        self.now = 1_760_000_000.0
        self.awake = asyncio.Event()
        self.awake.set()

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        await self.awake.wait()
        self.now += seconds
        await asyncio.sleep(0)


class Receiver:
    """Stands where the product stands: keeps what arrives; `manners` says how the next requests are met."""

    def __init__(self):
        self.requests = []
        self.manners = []
        self.body = b""

    async def __call__(self, scope, receive, send):
        body, more = b"", True
        while more:
            part = await receive()
            body, more = body + part.get("body", b""), part.get("more_body", False)
        query = dict(httpx.QueryParams(scope["query_string"].decode()))
        self.requests.append({"path": scope["path"], "query": query, "body": body})
        manner = self.manners.pop(0) if self.manners else "answer"
        if manner == "hang":
            await asyncio.Event().wait()
        if manner == "break":
            raise httpx.ConnectError("refused")
        answer = self.body(query) if callable(self.body) else self.body
        status = manner if isinstance(manner, int) else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": answer})


class Stage:
    """The simulator, a client of its API, and the receiver of its callbacks."""

    def __init__(self, *, limits=None, state_path=None, description=None, folder=None, story_path=None):
        self.clock = Clock()
        self.receiver = Receiver()
        path = folder / "world.json"
        path.write_text(json.dumps({**DESCRIPTION, **(description or {})}), "utf-8")
        self.keys = {
            door["name"]: DoorKeys.generate(f"http://receiver/{door['name']}")
            for door in DESCRIPTION["doors"]
        }
        options = Options(
            clock=self.clock,
            sleep=self.clock.sleep,
            limits=limits or Limits(),
            state_path=state_path,
            story_path=story_path,
            transport=httpx.ASGITransport(app=self.receiver),
        )
        self.app = create_simulator(World.load(path, self.keys), options)
        self.sim = self.app.state.simulator
        self.sim.faults.empty_pages = False
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url="http://wecom")

    async def token(self, door="app"):
        query = {"corpid": CORP, "corpsecret": self.keys[door].secret}
        return (await self.http.get("/cgi-bin/gettoken", params=query)).json()["access_token"]

    async def call(self, path, body=None, *, door="app", **query):
        """Call an API with a good token: POST when there is a body."""
        params = {"access_token": await self.token(door), **query}
        url = f"/cgi-bin/{path}"
        if body is None:
            return (await self.http.get(url, params=params)).json()
        return (await self.http.post(url, params=params, json=body)).json()

    async def play(self, path, body=None):
        """Use the control API and wait until its callbacks were delivered."""
        response = await self.http.post(f"/sim/api/{path}", json=body if body is not None else {})
        await self.sim.settle()
        return response

    async def say(self, text="在吗", *, customer=WANG, open_kfid=KF):
        return (await self.play(f"kf/{open_kfid}/{customer}/customer", {"kind": "text", "text": text})).json()

    async def pull(self, **body):
        return await self.call("kf/sync_msg", {"open_kfid": KF, **body}, door="kf")

    def opened(self, number=-1):
        """Decrypt one received XML callback."""
        request = self.receiver.requests[number]
        query = request["query"]
        door = self.sim.doors[request["path"].strip("/")]
        encrypt = parse_xml(request["body"])["Encrypt"]
        plain = door.cipher().open(query["msg_signature"], query["timestamp"], query["nonce"], encrypt)
        return parse_xml(plain)

    def without_callback_url(self, door):
        self.sim.doors[door] = replace(
            self.sim.doors[door], keys=replace(self.sim.doors[door].keys, callback_url="")
        )

    def chat(self, userid="LiXiang", agentid=1000002):
        return self.sim.state.app_chat(agentid, userid).messages

    def kf_chat(self, customer=WANG, open_kfid=KF):
        return self.sim.state.kf_chat(open_kfid, customer)


def fixture_path(name):
    return Path(__file__).parents[2] / "fixtures" / name
