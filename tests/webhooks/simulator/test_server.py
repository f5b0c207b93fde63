"""What only a real server shows: hanging up, the open event stream, a clean end."""

import asyncio
import json
import socket

import httpx
import pytest

from webhooks.simulator.app import serve
from webhooks.simulator.simulator import Options
from webhooks.simulator.world import DEMO_WORLD, DoorKeys, World


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
async def server(tmp_path):
    keys = {"app": DoorKeys.generate(), "kf": DoorKeys.generate()}
    world, port = World.load(DEMO_WORLD, keys), free_port()
    task = asyncio.create_task(serve(world, Options(state_path=tmp_path / "s.json"), port=port))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
        await until_up(http)
        http.world, http.task = world, task
        yield http
    if not task.done():
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until_up(http):
    for _ in range(1000):
        try:
            return await http.get("/sim/api/state")
        except httpx.ConnectError:
            await asyncio.sleep(0.01)
    return pytest.fail("the server did not come up")


async def test_a_dropped_call_has_its_effect_and_no_answer(server):
    keys = server.world.doors["app"].keys
    query = {"corpid": server.world.corp_id, "corpsecret": keys.secret}
    token = (await server.get("/cgi-bin/gettoken", params=query)).json()["access_token"]
    await server.post("/sim/api/faults", json={"fail_calls": "drop"})
    message = {"touser": "lixiang", "agentid": 1000002, "msgtype": "text", "text": {"content": "x"}}
    with pytest.raises(httpx.RemoteProtocolError):
        await server.post(f"/cgi-bin/message/send?access_token={token}", json=message)
    shown = (await server.get("/sim/api/state")).json()
    assert shown["app_chats"][0]["messages"][0]["text"] == "x"


async def test_an_open_event_stream_tells_changes_and_does_not_hold_the_end(server, tmp_path):
    kf = server.world.description.kf_accounts[0].open_kfid
    customer = server.world.description.customers[0].external_userid
    async with server.stream("GET", "/sim/api/events") as stream:
        lines = stream.aiter_lines()
        first = json.loads([await anext(lines) for _ in range(3)][1].removeprefix("data: "))
        await server.post(f"/sim/api/kf/{kf}/{customer}/customer", json={"text": "你好"})
        second = json.loads([await anext(lines) for _ in range(3)][1].removeprefix("data: "))
        assert second["version"] > first["version"]
        server.task.cancel()
        await asyncio.wait_for(asyncio.gather(server.task, return_exceptions=True), 5)
    assert "你好" in (tmp_path / "s.json").read_text("utf-8")
