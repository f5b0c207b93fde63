import pytest

from tests.webhooks.simulator.stage import Stage
from webhooks.simulator.faults import Limits


def text(content="你好", **more):
    return {"touser": "zhoumin", "agentid": 1000002, "msgtype": "text", "text": {"content": content}, **more}


async def send(stage, message, door="app"):
    return await stage.call("message/send", message, door=door)


async def test_a_message_reaches_its_member_and_gives_a_msgid(stage):
    answer = await send(stage, text())
    assert answer["errcode"] == 0
    shown = stage.chat("zhoumin")[0]
    assert (shown.id, shown.text, shown.kind, shown.status) == (answer["msgid"], "你好", "text", "ok")
    assert "response_code" not in answer
    assert "invaliduser" not in answer


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"agentid": 1000003}, 301002),
        ({"agentid": "abc"}, 40056),
        ({"msgtype": "telepathy"}, 40008),
        ({"msgtype": None}, 40008),
        ({"touser": ""}, 40063),
        ({"touser": "|".join(["zhoumin"] * 1001)}, 40058),
        ({"touser": "nobody"}, 81013),
        ({"touser": "hidden"}, 81013),
        ({"text": {"content": ""}}, 44004),
        ({"text": "hello"}, 40063),
    ],
)
async def test_a_bad_request_is_refused(stage, change, errcode):
    assert (await send(stage, {**text(), **change}))["errcode"] == errcode
    assert stage.sim.state.sent == {}


async def test_the_agentid_is_required(stage):
    message = text()
    del message["agentid"]
    assert (await send(stage, message))["errcode"] == 41011


async def test_partly_invalid_receivers_come_back_in_lower_case(stage):
    answer = await send(stage, text(touser="ZhouMin|Nobody|hidden", toparty="2|3|9", totag="7|8"))
    assert answer["errcode"] == 0
    assert (answer["invaliduser"], answer["invalidparty"], answer["invalidtag"]) == (
        "nobody|hidden",
        "3|9",
        "8",
    )
    assert len(stage.chat("zhoumin")) == len(stage.chat("LiXiang")) == 1


async def test_all_means_everybody_who_sees_the_app(stage):
    await send(stage, text(touser="@all", toparty="3"))
    assert len(stage.chat("zhoumin")) == len(stage.chat("LiXiang")) == 1
    assert stage.chat("hidden") == []


async def test_a_long_text_is_cut_at_2048_bytes_between_characters(stage):
    await send(stage, text("a" + "好" * 1000))
    content = stage.chat("zhoumin")[0].text
    assert len(content.encode()) == 2047 - 2047 % 3 + 1
    assert content.endswith("好")


async def test_a_long_markdown_is_refused(stage):
    message = {**text(), "msgtype": "markdown", "markdown": {"content": "好" * 683}}
    assert (await send(stage, message))["errcode"] == 45002
    message["markdown"] = {"content": "好" * 682}
    assert (await send(stage, message))["errcode"] == 0


async def test_a_long_card_title_is_cut(stage):
    card = {"title": "好" * 60, "description": "d", "url": "https://x.example"}
    await send(stage, {**text(), "msgtype": "textcard", "textcard": card})
    assert len(stage.chat("zhoumin")[0].text.encode()) == 126


@pytest.mark.parametrize(("count", "errcode"), [(0, 45008), (1, 0), (8, 0), (9, 45008)])
async def test_news_hold_one_to_eight_articles(stage, count, errcode):
    articles = [{"title": "t", "url": "https://x.example"}] * count
    message = {**text(), "msgtype": "news", "news": {"articles": articles}}
    assert (await send(stage, message))["errcode"] == errcode


@pytest.mark.parametrize(("title", "errcode"), [("好" * 3, 40058), ("好" * 4, 0), ("好" * 13, 40058)])
async def test_a_miniprogram_title_has_four_to_twelve_characters(stage, title, errcode):
    part = {"appid": "wx1", "title": title}
    message = {**text(), "msgtype": "miniprogram_notice", "miniprogram_notice": part}
    assert (await send(stage, message))["errcode"] == errcode


async def test_media_must_exist(stage):
    message = {**text(), "msgtype": "image", "image": {"media_id": "gone"}}
    assert (await send(stage, message))["errcode"] == 40007


async def test_the_duplicate_check_delivers_once_inside_its_window(stage):
    message = text(enable_duplicate_check=1, duplicate_check_interval=600)
    first, second = await send(stage, message), await send(stage, message)
    assert (second["errcode"], second["msgid"]) == (0, first["msgid"])
    assert len(stage.chat("zhoumin")) == 1
    await send(stage, text("另一句", enable_duplicate_check=1))
    assert len(stage.chat("zhoumin")) == 2
    stage.clock.now += 600
    await send(stage, message)
    assert len(stage.chat("zhoumin")) == 3


async def test_without_the_check_an_identical_message_arrives_again(stage):
    await send(stage, text())
    await send(stage, text())
    assert len(stage.chat("zhoumin")) == 2


async def test_the_duplicate_window_is_at_most_four_hours(stage):
    message = text(enable_duplicate_check=1, duplicate_check_interval=99_999)
    await send(stage, message)
    stage.clock.now += 14_400
    await send(stage, message)
    assert len(stage.chat("zhoumin")) == 2


async def test_beyond_thirty_a_minute_messages_vanish_without_an_error(stage):
    for number in range(32):
        assert (await send(stage, text(str(number))))["errcode"] == 0
    statuses = [message.status for message in stage.chat("zhoumin")]
    assert statuses == ["ok"] * 30 + ["dropped"] * 2
    stage.clock.now += 61
    await send(stage, text("later"))
    assert stage.chat("zhoumin")[-1].status == "ok"


async def test_the_days_person_times_end(tmp_path):
    stage = Stage(folder=tmp_path, limits=Limits(person_times_per_day=3))
    assert (await send(stage, text(touser="@all")))["errcode"] == 0
    assert (await send(stage, text(touser="@all")))["errcode"] == 45009


class TestRecall:
    async def test_within_a_day_the_message_is_taken_back(self, stage):
        msgid = (await send(stage, text(touser="@all")))["msgid"]
        stage.clock.now += 86_400
        assert (await stage.call("message/recall", {"msgid": msgid}))["errcode"] == 0
        assert stage.chat("zhoumin")[0].status == stage.chat("LiXiang")[0].status == "recalled"

    async def test_after_a_day_it_stays(self, stage):
        msgid = (await send(stage, text()))["msgid"]
        stage.clock.now += 86_401
        assert (await stage.call("message/recall", {"msgid": msgid}))["errcode"] == 42052
        assert stage.chat("zhoumin")[0].status == "ok"

    async def test_another_app_cannot(self, stage):
        msgid = (await send(stage, text()))["msgid"]
        assert (await stage.call("message/recall", {"msgid": msgid}, door="other"))["errcode"] == 40058
