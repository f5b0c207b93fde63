import pytest

from tests.webhooks.simulator.stage import CHEN, KF, OTHER_KF, WANG


async def move(stage, state, servicer=None):
    body = {"open_kfid": KF, "external_userid": WANG, "service_state": state}
    if servicer:
        body["servicer_userid"] = servicer
    return await stage.call("kf/service_state/trans", body, door="kf")


async def state_of(stage):
    ids = {"open_kfid": KF, "external_userid": WANG}
    answer = await stage.call("kf/service_state/get", ids, door="kf")
    return answer["service_state"], answer.get("servicer_userid")


async def events(stage):
    return [item["event"] for item in (await stage.pull())["msg_list"] if item["msgtype"] == "event"]


async def test_a_chat_begins_ended_and_a_customers_message_makes_it_new(stage):
    assert await state_of(stage) == (4, None)
    await stage.say()
    assert await state_of(stage) == (0, None)


ROUTES = {0: [], 1: [1], 2: [2], 3: [3], 4: [3, 4]}


@pytest.mark.parametrize("start", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("target", [0, 1, 2, 3, 4, 5])
async def test_only_the_published_transitions_are_allowed(stage, start, target):
    allowed = {0: {1, 2, 3}, 1: {2, 3}, 2: {3}, 3: {4}, 4: set()}
    await stage.say()
    for step in ROUTES[start]:
        assert (await move(stage, step, "LiXiang"))["errcode"] == 0
    expected = 0 if target in allowed[start] else 95016
    assert (await move(stage, target, "LiXiang"))["errcode"] == expected
    assert (await state_of(stage))[0] == (target if expected == 0 else start)


async def test_a_move_by_api_raises_no_event(stage):
    await stage.say()
    await move(stage, 3, "LiXiang")
    assert await events(stage) == []
    assert await state_of(stage) == (3, "LiXiang")


@pytest.mark.parametrize(("servicer", "errcode"), [("nobody", 95014), ("hidden", 95014), ("zhoumin", 95019)])
async def test_only_a_working_servicer_can_get_a_session(stage, servicer, errcode):
    await stage.say()
    assert (await move(stage, 3, servicer))["errcode"] == errcode


@pytest.mark.parametrize(("state", "errcode"), [(1, 0), (2, 95018), (3, 95018)])
async def test_sending_by_api_needs_state_0_or_1(stage, state, errcode):
    await stage.say()
    await move(stage, state, "LiXiang")
    message = {"touser": WANG, "open_kfid": KF, "msgtype": "text", "text": {"content": "x"}}
    assert (await stage.call("kf/send_msg", message, door="kf"))["errcode"] == errcode


async def test_the_configured_servicer_takes_the_session_with_the_first_message(stage):
    await stage.say(open_kfid=OTHER_KF)
    log = [item.item for item in stage.sim.state.kf_log]
    assert [item["msgtype"] for item in log] == ["text", "event"]
    event = log[1]["event"]
    assert (event["change_type"], event["new_servicer_userid"]) == (1, "LiXiang")
    assert "open_kfid" not in log[1]
    assert "msg_code" in event
    await stage.say("再问", open_kfid=OTHER_KF)
    assert len(stage.sim.state.kf_log) == 3


async def test_a_servicer_who_writes_takes_the_session_and_shows_with_origin_5(stage):
    await stage.say()
    line = {"kind": "text", "text": "您好", "userid": "lixiang"}
    await stage.play(f"kf/{KF}/{WANG}/servicer", line)
    items = (await stage.pull())["msg_list"]
    assert [item.get("origin") for item in items] == [3, 4, 5]
    assert items[1]["event"]["change_type"] == 1
    assert items[2]["servicer_userid"] == "LiXiang"
    assert await state_of(stage) == (3, "LiXiang")


async def test_taking_over_ending_and_reopening_are_told(stage):
    await stage.say()
    for action, userid in (("take", "LiXiang"), ("take", "zhoumin"), ("end", "zhoumin"), ("take", "LiXiang")):
        response = await stage.play(f"kf/{KF}/{WANG}/session", {"action": action, "userid": userid})
        assert response.status_code == 200
    told = [
        (event["change_type"], event.get("old_servicer_userid"), event.get("new_servicer_userid"))
        for event in await events(stage)
    ]
    assert told == [
        (1, None, "LiXiang"),
        (2, "LiXiang", "zhoumin"),
        (3, "zhoumin", None),
        (4, "zhoumin", "LiXiang"),
    ]
    assert ["msg_code" in event for event in await events(stage)] == [True, False, True, False]


async def test_an_end_without_a_session_is_not_possible(stage):
    response = await stage.play(f"kf/{KF}/{WANG}/session", {"action": "end", "userid": "LiXiang"})
    assert response.status_code == 409


async def test_recalls_are_told_with_the_recalled_id(stage):
    message = await stage.say("说错了")
    line = {"kind": "text", "text": "也错", "userid": "LiXiang"}
    own = (await stage.play(f"kf/{KF}/{WANG}/servicer", line)).json()
    for recalled in (message, own):
        await stage.play(f"kf/{KF}/{WANG}/recall", {"id": recalled["id"]})
    first, second = (await events(stage))[-2:]
    assert (first["event_type"], first["recall_msgid"]) == ("user_recall_msg", message["id"])
    assert (second["event_type"], second["servicer_userid"]) == ("servicer_recall_msg", "LiXiang")
    again = await stage.play(f"kf/{KF}/{WANG}/recall", {"id": message["id"]})
    assert again.status_code == 409


async def test_accounts_servicers_and_contact_ways(stage):
    accounts = (await stage.call("kf/account/list", {}, door="kf"))["account_list"]
    assert [account["open_kfid"] for account in accounts] == [KF]
    servicers = (await stage.call("kf/servicer/list", door="kf", open_kfid=KF))["servicer_list"]
    assert servicers == [{"userid": "LiXiang", "status": 0}, {"userid": "zhoumin", "status": 1}]
    way = await stage.call("kf/add_contact_way", {"open_kfid": KF, "scene": "s1"}, door="kf")
    assert KF in way["url"]
    bad = await stage.call("kf/add_contact_way", {"open_kfid": KF, "scene": "空"}, door="kf")
    assert bad["errcode"] == 40058


async def test_customers_are_looked_up_in_batches(stage):
    body = {"external_userid_list": [WANG, "wmGhost", CHEN], "need_enter_session_context": 1}
    answer = await stage.call("kf/customer/batchget", body, door="kf")
    assert [one["nickname"] for one in answer["customer_list"]] == ["王建国", "陈丽华"]
    assert answer["invalid_external_userid"] == ["wmGhost"]
    assert "enter_session_context" in answer["customer_list"][0]
    for ids in ([], [WANG] * 101, "x"):
        bad = await stage.call("kf/customer/batchget", {"external_userid_list": ids}, door="kf")
        assert bad["errcode"] == 40058
