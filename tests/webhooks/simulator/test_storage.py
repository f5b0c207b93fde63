import stat

import pytest

from tests.webhooks.simulator.stage import KF, WANG, Stage
from tests.webhooks.simulator.test_media import JPEG, get, upload
from webhooks.simulator.world import DEMO_WORLD, DoorKeys, World


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "simulator.json"


async def test_chats_cursors_media_and_codes_survive_a_restart(tmp_path, path):
    before = Stage(folder=tmp_path, state_path=path)
    await before.say("第一句")
    cursor = (await before.pull())["next_cursor"]
    await before.say("第二句")
    media_id = (await upload(before, JPEG))["media_id"]
    await before.sim.close()

    after = Stage(folder=tmp_path, state_path=path)
    assert [m.text for m in after.kf_chat().messages] == ["第一句", "第二句"]
    items = (await after.pull(cursor=cursor))["msg_list"]
    assert [item["text"]["content"] for item in items] == ["第二句"]
    assert (await get(after, media_id)).content == JPEG
    message = {"touser": WANG, "open_kfid": KF, "msgtype": "text", "text": {"content": "x"}}
    assert (await after.call("kf/send_msg", message, door="kf"))["errcode"] == 0


async def test_after_a_crash_new_messages_do_not_hide_behind_an_old_cursor(tmp_path, path):
    before = Stage(folder=tmp_path, state_path=path)
    await before.say("写入")
    before.sim.snapshot.save(before.sim.state)
    await before.say("没来得及写入")
    cursor = (await before.pull())["next_cursor"]

    after = Stage(folder=tmp_path, state_path=path)
    await after.say("新")
    items = (await after.pull(cursor=cursor))["msg_list"]
    assert [item["text"]["content"] for item in items] == ["新"]


async def test_the_file_is_for_its_owner_only_and_never_half_written(tmp_path, path):
    stage = Stage(folder=tmp_path, state_path=path)
    await stage.sim.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["simulator.json"]


async def test_access_tokens_do_not_survive(tmp_path, path):
    before = Stage(folder=tmp_path, state_path=path)
    token = await before.token()
    await before.sim.close()
    after = Stage(folder=tmp_path, state_path=path)
    answer = (await after.http.get("/cgi-bin/getcallbackip", params={"access_token": token})).json()
    assert answer["errcode"] == 40014


async def test_reset_drops_media(tmp_path, path):
    stage = Stage(folder=tmp_path, state_path=path)
    media_id = (await upload(stage, JPEG))["media_id"]
    await stage.play("reset")
    assert (await get(stage, media_id)).json()["errcode"] == 40007
    assert list((path.parent / "simulator.media").iterdir()) == []


class TestWorld:
    def test_the_demo_world_needs_keys_of_exactly_its_doors(self):
        keys = {"app": DoorKeys.generate(), "kf": DoorKeys.generate()}
        world = World.load(DEMO_WORLD, keys)
        assert world.kf_account(world.description.kf_accounts[0].open_kfid).taken_by == "lixiang"
        for wrong in ({}, {"app": keys["app"]}, {**keys, "more": keys["app"]}):
            with pytest.raises(ValueError, match="keys are needed"):
                World.load(DEMO_WORLD, wrong)

    def test_generated_keys_fit_the_cipher_and_differ(self):
        first, second = DoorKeys.generate(), DoorKeys.generate()
        assert len(first.aes_key) == 43
        assert len(first.token) <= 32
        assert {first.secret, first.token, first.aes_key}.isdisjoint(
            {second.secret, second.token, second.aes_key}
        )

    def test_an_unknown_line_in_the_description_is_refused(self, tmp_path):
        path = tmp_path / "world.yaml"
        path.write_text(DEMO_WORLD.read_text("utf-8") + "weather: nice\n", "utf-8")
        with pytest.raises(ValueError, match="weather"):
            World.load(path, {"app": DoorKeys.generate(), "kf": DoorKeys.generate()})
