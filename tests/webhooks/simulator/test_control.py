import base64
import json

import httpx
import pytest

from tests.webhooks.simulator.stage import CORP, KF, WANG
from tests.webhooks.simulator.test_media import AMR
from webhooks.simulator.control import _stream


async def state(stage, **headers):
    return await stage.http.get("/sim/api/state", headers=headers)


async def test_the_state_shows_the_world_and_its_chats(stage):
    await stage.say("在吗")
    await stage.play("apps/1000002/LiXiang/message", {"text": "记一下"})
    shown = (await state(stage)).json()
    assert shown["corp_id"] == CORP
    assert {"userid": "LiXiang", "name": "李想"} in shown["members"]
    assert {"external_userid": WANG, "name": "王建国", "company": "恒盛精密"} in shown["customers"]
    assert {"agentid": 1000002, "name": "机器人"} in shown["apps"]
    chat = shown["kf_chats"][0]
    assert (chat["open_kfid"], chat["external_userid"], chat["service_state"]) == (KF, WANG, 0)
    line = chat["messages"][0]
    assert (line["from"], line["name"], line["kind"], line["text"]) == ("customer", "王建国", "text", "在吗")
    assert (line["status"], line["card"], line["at"]) == ("ok", None, "2025-10-09T08:53:20.000+00:00")
    assert shown["app_chats"][0]["messages"][0]["from"] == "member"


async def test_no_secret_is_ever_shown(stage):
    token = await stage.token()
    await stage.say()
    await stage.pull()
    pages = [await stage.http.get(f"/sim/api/{name}") for name in ("state", "trace", "doors")]
    text = "".join(page.text for page in pages)
    hidden = [token, stage.opened()["Token"]]
    hidden += [value for keys in stage.keys.values() for value in (keys.secret, keys.token, keys.aes_key)]
    assert all(value not in text for value in hidden)
    assert all(value not in repr(stage.keys) for value in hidden)


async def test_the_version_grows_with_every_change(stage):
    before = (await state(stage)).json()["version"]
    await stage.say()
    assert (await state(stage)).json()["version"] > before


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("kf/wkNOBODY/wmWang/customer", {"text": "x"}, 404),
        (f"kf/{KF}/wmGhost/customer", {"text": "x"}, 404),
        (f"kf/{KF}/{WANG}/customer", {"text": " "}, 409),
        (f"kf/{KF}/{WANG}/customer", {"kind": "smell"}, 422),
        (f"kf/{KF}/{WANG}/customer", {"kind": "voice", "data_base64": "?"}, 409),
        (f"kf/{KF}/{WANG}/customer", {"kind": "voice", "data_base64": "AAAAAAAAAAAA"}, 409),
        (f"kf/{KF}/{WANG}/servicer", {"text": "x", "userid": "ghost"}, 404),
        (f"kf/{KF}/{WANG}/servicer", {"text": "x", "userid": "hidden"}, 409),
        (f"kf/{KF}/{WANG}/recall", {"id": "unknown"}, 404),
        (f"kf/{KF}/{WANG}/menu", {"message_id": "unknown", "item": 0}, 404),
        ("apps/1/LiXiang/message", {"text": "x"}, 404),
        ("apps/1000002/hidden/message", {"text": "x"}, 409),
        ("doors/nobody", {"callback_url": "http://x"}, 404),
        ("doors/app", {"callback_url": "file:///etc"}, 422),
        ("story/play", {}, 404),
    ],
)
async def test_what_cannot_be_is_answered_with_a_status(stage, path, body, status):
    assert (await stage.play(path, body)).status_code == status
    assert stage.receiver.requests == []


async def test_a_voice_message_can_be_fetched_by_its_media_id(stage):
    line = {"kind": "voice", "filename": "v.amr", "data_base64": base64.b64encode(AMR).decode()}
    await stage.play(f"kf/{KF}/{WANG}/customer", line)
    media_id = (await stage.pull())["msg_list"][0]["voice"]["media_id"]
    query = {"access_token": await stage.token(), "media_id": media_id}
    assert (await stage.http.get("/cgi-bin/media/get", params=query)).content == AMR
    await stage.play("apps/1000002/LiXiang/message", line)
    fields = stage.opened()
    assert (fields["MsgType"], fields["Format"]) == ("voice", "amr")


async def test_the_trace_tells_calls_and_callbacks_in_order(stage):
    await stage.say()
    await stage.pull()
    entries = (await stage.http.get("/sim/api/trace")).json()["entries"]
    assert [(one["kind"], one["name"], one["status"]) for one in entries] == [
        ("callback", "kf_msg_or_event", "200"),
        ("api", "gettoken", "0"),
        ("api", "kf/sync_msg", "0"),
    ]
    later = (await stage.http.get("/sim/api/trace", params={"after": entries[1]["id"]})).json()["entries"]
    assert later == entries[2:]


async def test_reset_forgets_chats_and_faults_but_not_the_order_of_the_log(stage):
    await stage.say("旧")
    cursor = (await stage.pull())["next_cursor"]
    await stage.play("faults", {"rate_limit": True})
    await stage.play("reset")
    shown = (await state(stage)).json()
    assert (shown["kf_chats"], shown["app_chats"], shown["faults"]["rate_limit"]) == ([], [], False)
    stage.sim.faults.empty_pages = False
    await stage.say("新")
    items = (await stage.pull(cursor=cursor))["msg_list"]
    assert [item["text"]["content"] for item in items] == ["新"]


async def test_the_stream_tells_each_new_version(stage):
    stream = _stream(stage.sim)
    first = await anext(stream)
    await stage.say()
    second = await anext(stream)
    await stream.aclose()
    versions = [json.loads(event.split("data: ")[1])["version"] for event in (first, second)]
    assert first.startswith("event: changed\n")
    assert versions[1] > versions[0]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "http://127.0.0.1:8000"}, 200),
        ({"origin": "http://localhost:8000", "host": "localhost:9000"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"host": "rebound.evil.example"}, 403),
    ],
)
async def test_only_pages_of_this_machine_are_served(stage, headers, status):
    assert (await state(stage, **headers)).status_code == status


@pytest.mark.parametrize(("client", "status"), [("127.0.0.9", 200), ("::1", 200), ("10.0.0.7", 403)])
async def test_only_clients_of_this_machine_are_served(stage, client, status):
    transport = httpx.ASGITransport(app=stage.app, client=(client, 5))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        assert (await http.get("/sim/api/state")).status_code == status
        assert (await http.post("/sim/api/reset")).status_code == status
        assert (await http.get("/cgi-bin/gettoken")).status_code == 200
