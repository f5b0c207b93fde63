from tests.webhooks.simulator.stage import CORP, KF, WANG, Stage
from webhooks.simulator.story import DEMO_STORY, Story
from webhooks.simulator.world import DEMO_WORLD, DoorKeys, World

SHORT = f"""
title: 短
open_kfid: {KF}
external_userid: {WANG}
agentid: 1000002
userid: LiXiang
steps:
  - {{who: customer, text: 在吗, pause_seconds: 1}}
  - {{who: servicer, text: 在的, pause_seconds: 2}}
  - {{who: member, text: 记一下, pause_seconds: 3}}
"""


def stage_with_story(folder):
    path = folder / "story.yaml"
    path.write_text(SHORT, "utf-8")
    return Stage(folder=folder, story_path=path)


def test_the_shipped_story_fits_the_demo_world():
    story = Story.load(DEMO_STORY)
    world = World.load(DEMO_WORLD, {"app": DoorKeys.generate(), "kf": DoorKeys.generate()})
    account = world.kf_account(story.open_kfid)
    assert world.customer(story.external_userid).name == "王建国"
    assert story.userid in account.servicers
    assert story.agentid in {door.agentid for door in world.doors.values()}
    voices = [step.who for step in story.steps]
    assert voices.count("customer") >= 6
    assert voices[-1] == "member"
    assert CORP not in DEMO_WORLD.read_text("utf-8")


async def test_a_story_plays_in_order_with_its_pauses(tmp_path):
    stage = stage_with_story(tmp_path)
    shown = (await stage.http.get("/sim/api/story")).json()
    assert [step["text"] for step in shown["steps"]] == ["在吗", "在的", "记一下"]
    assert (await stage.play("story/play")).json() == {"steps": 3}
    spoken = [(m.speaker, m.text) for m in stage.kf_chat().messages if m.speaker != "system"]
    assert spoken == [("customer", "在吗"), ("servicer", "在的")]
    assert stage.chat()[0].at == 1_760_000_006
    assert len(stage.receiver.requests) == 3


async def test_a_story_is_not_played_twice_at_once_and_a_reset_stops_it(tmp_path):
    stage = stage_with_story(tmp_path)
    stage.clock.awake.clear()
    first = await stage.http.post("/sim/api/story/play")
    second = await stage.http.post("/sim/api/story/play")
    assert (first.status_code, second.status_code) == (200, 409)
    await stage.play("reset")
    assert stage.sim.state.kf_chats == {}
    stage.clock.awake.set()
    assert (await stage.play("story/play")).status_code == 200
    assert len(stage.chat()) == 1
