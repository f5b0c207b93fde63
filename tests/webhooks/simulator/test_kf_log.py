import pytest

from tests.webhooks.simulator.stage import KF, OTHER_KF, WANG, Stage
from webhooks.simulator.faults import Limits
from webhooks.simulator.kf_log import read_cursor, write_cursor
from webhooks.simulator.refusal import Refusal


def texts(page):
    return [item["text"]["content"] for item in page["msg_list"] if item["msgtype"] == "text"]


async def test_what_a_customer_says_is_pulled_with_its_ids(stage):
    message = await stage.say("价格高")
    page = await stage.pull()
    assert page["msg_list"] == [
        {
            "msgid": message["id"],
            "send_time": 1_760_000_000,
            "open_kfid": KF,
            "external_userid": WANG,
            "origin": 3,
            "msgtype": "text",
            "text": {"content": "价格高"},
        }
    ]
    assert page["has_more"] == 0


async def test_the_cursor_continues_where_it_stopped(stage):
    for number in range(5):
        await stage.say(str(number))
    seen, cursor, more = [], "", 1
    while more:
        page = await stage.pull(cursor=cursor, limit=2)
        seen, cursor, more = seen + texts(page), page["next_cursor"], page["has_more"]
        assert len(cursor) <= 64
    assert seen == ["0", "1", "2", "3", "4"]
    assert (await stage.pull(cursor=cursor))["msg_list"] == []
    await stage.say("5")
    assert texts(await stage.pull(cursor=cursor)) == ["5"]


async def test_now_and_then_a_page_is_empty_although_there_is_more(stage):
    stage.sim.faults.empty_pages = True
    await stage.say("在")
    pages = [await stage.pull() for _ in range(3)]
    assert [(len(page["msg_list"]), page["has_more"]) for page in pages] == [(1, 0), (1, 0), (0, 1)]
    assert texts(await stage.pull(cursor=pages[2]["next_cursor"])) == ["在"]


async def test_the_log_keeps_three_days(stage):
    await stage.say("旧")
    stage.clock.now += 2 * 86_400
    await stage.say("新")
    assert texts(await stage.pull()) == ["旧", "新"]
    stage.clock.now += 86_400
    assert texts(await stage.pull()) == ["新"]


def test_two_cursors_of_one_place_differ_and_mean_the_same():
    first, second = write_cursor(7), write_cursor(7)
    assert first != second
    assert read_cursor(first) == read_cursor(second) == 7


@pytest.mark.parametrize("cursor", ["x", "AAAA", "c" * 65, write_cursor(1)[:-4] + "AAA="])
def test_an_invented_cursor_is_refused(cursor):
    with pytest.raises(Refusal) as refusal:
        read_cursor(cursor)
    assert refusal.value.errcode == 40058


async def test_the_callbacks_token_lives_ten_minutes(stage):
    await stage.say()
    token = stage.opened()["Token"]
    stage.clock.now += 599
    assert (await stage.pull(token=token))["errcode"] == 0
    stage.clock.now += 1
    assert (await stage.pull(token=token))["errcode"] == 95007
    assert (await stage.pull(token="invented"))["errcode"] == 95007


async def test_without_a_token_pulls_are_rationed(tmp_path):
    stage = Stage(folder=tmp_path, limits=Limits(pulls_without_token_per_minute=2))
    await stage.say()
    assert [(await stage.pull())["errcode"] for _ in range(3)] == [0, 0, 45009]
    assert (await stage.pull(token=stage.opened()["Token"]))["errcode"] == 0
    stage.clock.now += 61
    assert (await stage.pull())["errcode"] == 0


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"open_kfid": "xx"}, 95000),
        ({"open_kfid": "wkNOBODY"}, 95004),
        ({"open_kfid": OTHER_KF}, 48007),
        ({"limit": 1001}, 40058),
        ({"limit": 0}, 40058),
    ],
)
async def test_a_bad_pull_is_refused(stage, body, errcode):
    assert (await stage.pull(**body))["errcode"] == errcode


async def test_without_an_account_all_authorised_accounts_are_pulled(stage):
    await stage.say("前")
    await stage.say("后", open_kfid=OTHER_KF)
    assert texts(await stage.pull(open_kfid="")) == ["前"]


async def test_many_messages_may_hide_behind_one_signal(stage):
    await stage.play("faults", {"lose_callbacks": True})
    for number in range(11):
        await stage.say(str(number))
    await stage.play("faults", {"lose_callbacks": False})
    await stage.say("11")
    assert len(stage.receiver.requests) == 1
    assert texts(await stage.pull()) == [str(number) for number in range(12)]


async def test_an_unknown_msgtype_is_passed_on(stage):
    line = {"kind": "raw", "msgtype": "merged_msg", "body": {"title": "聊天记录"}}
    await stage.play(f"kf/{KF}/{WANG}/customer", line)
    assert (await stage.pull())["msg_list"][0]["merged_msg"] == {"title": "聊天记录"}
