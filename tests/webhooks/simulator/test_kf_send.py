import pytest

from tests.webhooks.simulator.stage import CHEN, KF, OTHER_KF, WANG


async def send(stage, msgtype="text", body=None, **more):
    body = {"content": "您好"} if body is None else body
    message = {"touser": WANG, "open_kfid": KF, "msgtype": msgtype, msgtype: body, **more}
    return await stage.call("kf/send_msg", message, door="kf")


async def pulled(stage):
    return (await stage.pull())["msg_list"]


async def test_a_sent_message_reaches_the_customer_and_is_absent_from_the_log(stage):
    await stage.say()
    answer = await send(stage, msgid="my-1")
    assert (answer["errcode"], answer["msgid"]) == (0, "my-1")
    assert [(m.speaker, m.text) for m in stage.kf_chat().messages] == [("customer", "在吗"), ("api", "您好")]
    assert len(await pulled(stage)) == 1


async def test_a_repeated_msgid_is_never_delivered_twice(stage):
    await stage.say()
    for _ in range(6):
        assert (await send(stage, msgid="same"))["msgid"] == "same"
    assert len(stage.kf_chat().messages) == 2
    stage.sim.faults.repeated_msgid = "refuse"
    assert (await send(stage, msgid="same"))["errcode"] == 40058


@pytest.mark.parametrize("msgid", ["m" * 33, "空", "a b"])
async def test_a_malformed_msgid_is_refused(stage, msgid):
    await stage.say()
    assert (await send(stage, msgid=msgid))["errcode"] == 40058


async def test_five_messages_for_each_of_the_customers(stage):
    await stage.say()
    assert [(await send(stage))["errcode"] for _ in range(6)] == [0] * 5 + [95001]
    await stage.say("还在吗")
    assert (await send(stage))["errcode"] == 0


async def test_after_48_hours_nothing_more_can_be_sent(stage):
    await stage.say()
    stage.clock.now += 48 * 3600
    assert (await send(stage))["errcode"] == 0
    stage.clock.now += 1
    assert (await send(stage))["errcode"] == 95002


@pytest.mark.parametrize(
    ("more", "errcode"),
    [
        ({"touser": "wmNobody"}, 40096),
        ({"open_kfid": "bad"}, 95000),
        ({"open_kfid": "wkNOBODY"}, 95004),
        ({"open_kfid": OTHER_KF}, 48007),
        ({"touser": CHEN}, 95018),
    ],
)
async def test_a_wrong_address_is_refused(stage, more, errcode):
    await stage.say()
    assert (await send(stage, **more))["errcode"] == errcode


@pytest.mark.parametrize(
    ("msgtype", "body", "errcode"),
    [
        ("poem", {}, 40008),
        ("text", {"content": ""}, 44004),
        ("text", {"content": "好" * 683}, 45002),
        ("text", {"content": "好" * 682}, 0),
        ("image", {"media_id": "gone"}, 40007),
        ("link", {"title": "t", "url": "https://x.example", "thumb_media_id": "gone"}, 40007),
        ("location", {"latitude": 1.0}, 40063),
        ("location", {"latitude": 1.0, "longitude": 2.0, "name": "厂"}, 0),
        ("msgmenu", {"head_content": "选", "list": [{"type": "dance"}]}, 40058),
        ("msgmenu", {"head_content": "选", "list": [{"type": "text", "text": {"content": "t"}}] * 11}, 95008),
        ("msgmenu", {"list": [{"type": "click", "click": {"id": "i" * 129, "content": "t"}}]}, 45002),
        ("msgmenu", {"list": [{"type": "view", "view": {"url": "https://x.example", "content": "t"}}]}, 0),
    ],
    ids=range(12),
)
async def test_bodies_are_checked(stage, msgtype, body, errcode):
    await stage.say()
    assert (await send(stage, msgtype, body))["errcode"] == errcode


async def test_an_accepted_message_may_fail_afterwards(stage):
    await stage.say()
    await stage.play("faults", {"kf_send_fail": 10})
    assert (await send(stage, msgid="m1"))["errcode"] == 0
    await stage.sim.settle()
    event = (await pulled(stage))[-1]["event"]
    assert (event["event_type"], event["fail_msgid"], event["fail_type"]) == ("msg_send_fail", "m1", 10)
    assert stage.kf_chat().find("m1").status == "failed"
    assert len(stage.receiver.requests) == 2


MENU = {
    "head_content": "您想先看哪个？",
    "list": [
        {"type": "click", "click": {"id": "case", "content": "同行案例"}},
        {"type": "click", "click": {"content": "报价"}},
        {"type": "view", "view": {"url": "https://x.example", "content": "官网"}},
    ],
}


class TestMenu:
    async def click(self, stage, item):
        await stage.say()
        msgid = (await send(stage, "msgmenu", MENU))["msgid"]
        return await stage.play(f"kf/{KF}/{WANG}/menu", {"message_id": msgid, "item": item})

    @pytest.mark.parametrize(("item", "content", "menu_id"), [(0, "同行案例", "case"), (1, "报价", "")])
    async def test_a_click_becomes_the_customers_text(self, stage, item, content, menu_id):
        await self.click(stage, item)
        last = (await pulled(stage))[-1]
        assert (last["msgtype"], last["origin"]) == ("text", 3)
        assert last["text"] == {"content": content, "menu_id": menu_id}

    async def test_opening_a_page_says_nothing(self, stage):
        assert (await self.click(stage, 2)).json() == {}
        assert len(await pulled(stage)) == 1

    async def test_an_item_that_is_not_there_is_not_found(self, stage):
        assert (await self.click(stage, 3)).status_code == 404


class TestCodes:
    async def use(self, stage, code, msgtype="text", body=None, **more):
        message = {"code": code, "msgtype": msgtype, msgtype: body or {"content": "欢迎"}, **more}
        return await stage.call("kf/send_msg_on_event", message, door="kf")

    async def enter(self, stage):
        await stage.play(f"kf/{KF}/{WANG}/enter", {"scene": "web", "scene_param": "p1"})
        return (await pulled(stage))[-1]["event"]

    async def test_a_welcome_code_greets_once(self, stage):
        event = await self.enter(stage)
        assert (event["event_type"], event["scene"], event["scene_param"]) == ("enter_session", "web", "p1")
        assert (await self.use(stage, event["welcome_code"]))["errcode"] == 0
        assert (await self.use(stage, event["welcome_code"]))["errcode"] == 41050
        assert [m.speaker for m in stage.kf_chat().messages] == ["system", "api"]

    async def test_a_welcome_code_lives_20_seconds(self, stage):
        code = (await self.enter(stage))["welcome_code"]
        stage.clock.now += 20
        assert (await self.use(stage, code))["errcode"] == 41050

    async def test_an_invented_code_is_refused(self, stage):
        assert (await self.use(stage, "invented"))["errcode"] == 41050

    async def test_there_is_no_code_after_a_welcome_or_a_message(self, stage):
        assert "welcome_code" in await self.enter(stage)
        code = (await self.enter(stage))["welcome_code"]
        await self.use(stage, code)
        assert "welcome_code" not in await self.enter(stage)
        stage.clock.now += 48 * 3600 + 1
        assert "welcome_code" in await self.enter(stage)
        await stage.say()
        assert "welcome_code" not in await self.enter(stage)

    async def test_a_pool_code_takes_text_only(self, stage):
        await stage.say()
        move = {"open_kfid": KF, "external_userid": WANG, "service_state": 2}
        code = (await stage.call("kf/service_state/trans", move, door="kf"))["msg_code"]
        menu = {"list": [{"type": "text", "text": {"content": "t"}}]}
        assert (await self.use(stage, code, "msgmenu", menu))["errcode"] == 40008
        stage.clock.now += 48 * 3600 - 1
        assert (await self.use(stage, code, msgid="p1"))["msgid"] == "p1"
