import pytest

from tests.webhooks.simulator.test_callbacks import xml_answer
from tests.webhooks.simulator.test_cards import BUTTON, NEWS, TEXT, VOTE, card, menu


def message(built, **more):
    return {
        "touser": "LiXiang|zhoumin",
        "agentid": 1000002,
        "msgtype": "template_card",
        "template_card": built,
        **more,
    }


async def send(stage, built=None, **more):
    return await stage.call("message/send", message(built or card(BUTTON), **more))


async def update(stage, code, door="app", **body):
    fields = {"agentid": stage.sim.doors[door].agentid, "userids": ["zhoumin"], "response_code": code}
    replacement = {} if "template_card" in body else {"button": {"replace_name": "已处理"}}
    return await stage.call("message/update_template_card", {**fields, **replacement, **body}, door=door)


@pytest.mark.parametrize(
    ("built", "updatable"),
    [
        (card(BUTTON), True),
        (card(VOTE), True),
        (card(TEXT), False),
        (card(NEWS), False),
        (card(TEXT, action_menu=menu("a"), task_id="t"), True),
    ],
    ids=["button", "vote", "text", "news", "text with menu"],
)
async def test_only_cards_that_can_be_updated_get_a_response_code(stage, built, updatable):
    answer = await send(stage, built)
    assert answer["errcode"] == 0
    assert ("response_code" in answer) is updatable


async def test_a_task_id_is_used_once_per_app(stage):
    assert (await send(stage))["errcode"] == 0
    assert (await send(stage))["errcode"] == 42014
    other = message(card(BUTTON), agentid=1000003)
    assert (await stage.call("message/send", other, door="other"))["errcode"] == 0


async def test_a_refused_card_does_not_use_up_its_task_id(stage):
    assert (await send(stage, touser="nobody"))["errcode"] == 81013
    assert (await send(stage))["errcode"] == 0


async def test_the_duplicate_check_comes_before_the_task_id(stage):
    first = await send(stage, enable_duplicate_check=1)
    again = await send(stage, enable_duplicate_check=1)
    assert (again["errcode"], again["msgid"]) == (0, first["msgid"])
    assert len(stage.chat("zhoumin")) == 1


async def test_a_clickable_card_needs_a_callback_url(stage):
    stage.without_callback_url("app")
    assert (await send(stage))["errcode"] == 40058
    assert (await send(stage, card(TEXT)))["errcode"] == 0
    links = [{"text": "看", "type": 1, "url": "https://x.example"}]
    assert (await send(stage, card(BUTTON, button_list=links)))["errcode"] == 0


async def test_an_update_changes_the_card_for_the_named_users_only(stage):
    code = (await send(stage))["response_code"]
    answer = await update(stage, code, userids=["ZhouMin", "Ghost"])
    assert answer["errcode"] == 0
    assert answer["invaliduser"] == ["ghost"]
    assert stage.chat("zhoumin")[0].card["replace_text"] == "已处理"
    assert "replace_text" not in stage.chat("LiXiang")[0].card


async def test_an_update_may_bring_another_card_for_everybody(stage):
    code = (await send(stage))["response_code"]
    answer = await update(stage, code, userids=[], atall=1, template_card=card(TEXT))
    assert answer == {"errcode": 0, "errmsg": "ok", "invaliduser": []}
    for userid in ("LiXiang", "zhoumin"):
        assert stage.chat(userid)[0].card["card_type"] == TEXT


async def test_a_response_code_works_once(stage):
    code = (await send(stage))["response_code"]
    await update(stage, code)
    assert (await update(stage, code))["errcode"] == 42022


async def test_a_refused_update_does_not_use_up_the_code(stage):
    code = (await send(stage))["response_code"]
    assert (await update(stage, code, template_card=card(VOTE, checkbox={})))["errcode"] == 42043
    assert (await update(stage, code, userids=[]))["errcode"] == 40063
    assert (await update(stage, code))["errcode"] == 0


async def test_a_response_code_lives_72_hours(stage):
    codes = [(await send(stage, card(BUTTON, task_id=task)))["response_code"] for task in "ab"]
    stage.clock.now += 72 * 3600 - 1
    assert (await update(stage, codes[0]))["errcode"] == 0
    stage.clock.now += 1
    assert (await update(stage, codes[1]))["errcode"] == 60140
    assert (await update(stage, "unknown"))["errcode"] == 60140


async def test_a_response_code_belongs_to_its_app(stage):
    code = (await send(stage))["response_code"]
    assert (await update(stage, code, door="other"))["errcode"] == 42015


async def test_a_card_without_buttons_has_none_to_replace(stage):
    code = (await send(stage, card(TEXT, action_menu=menu("a"), task_id="t")))["response_code"]
    assert (await update(stage, code))["errcode"] == 40058


class TestClick:
    async def click(self, stage, msgid, key, **selected):
        body = {"message_id": msgid, "key": key, "selected": selected}
        return await stage.play("apps/1000002/LiXiang/click", body)

    async def test_each_click_brings_a_fresh_response_code(self, stage):
        sent = await send(stage)
        for _ in range(2):
            assert (await self.click(stage, sent["msgid"], "yes")).status_code == 200
        first, second = stage.opened(0), stage.opened(1)
        assert len({sent["response_code"], first["ResponseCode"], second["ResponseCode"]}) == 3
        assert (first["Event"], first["EventKey"], first["TaskId"]) == (
            "template_card_event",
            "yes",
            "task-1@a_b",
        )
        assert "MsgId" not in first
        assert (await update(stage, second["ResponseCode"]))["errcode"] == 0

    async def test_a_vote_brings_what_was_chosen(self, stage):
        sent = await send(stage, card(VOTE))
        await self.click(stage, sent["msgid"], "go", q=["1", "2"])
        item = stage.opened()["SelectedItems"]["SelectedItem"]
        assert item == {"QuestionKey": "q", "OptionIds": {"OptionId": ["1", "2"]}}

    async def test_a_menu_action_is_another_event(self, stage):
        sent = await send(stage, card(TEXT, action_menu=menu("mute"), task_id="t"))
        await self.click(stage, sent["msgid"], "mute", q=["1"])
        event = stage.opened()
        assert event["Event"] == "template_card_menu_event"
        assert "SelectedItems" not in event

    async def test_what_is_not_there_cannot_be_clicked(self, stage):
        sent = await send(stage)
        assert (await self.click(stage, sent["msgid"], "no")).status_code == 404
        assert (await self.click(stage, "unknown", "yes")).status_code == 404
        assert stage.receiver.requests == []

    async def test_an_inert_card_cannot_be_clicked(self, stage):
        sent = await send(stage)
        await update(stage, sent["response_code"], userids=["LiXiang"])
        assert (await self.click(stage, sent["msgid"], "yes")).status_code == 409

    async def test_a_passive_update_changes_only_the_clickers_card(self, stage):
        sent = await send(stage)
        stage.receiver.body = xml_answer(
            stage, {"MsgType": "update_button", "Button": {"ReplaceName": "好了"}}
        )
        await self.click(stage, sent["msgid"], "yes")
        assert stage.chat("LiXiang")[0].card["replace_text"] == "好了"
        assert "replace_text" not in stage.chat("zhoumin")[0].card

    async def test_a_passive_reply_may_bring_a_whole_card_in_xml(self, stage):
        sent = await send(stage)
        fields = {
            "CardType": "text_notice",
            "MainTitle": {"Title": "新题"},
            "HorizontalContentList": [{"KeyName": "客户", "Value": "恒盛"}],
            "CardAction": {"Type": 1, "Url": "https://x.example"},
        }
        stage.receiver.body = xml_answer(stage, {"MsgType": "update_template_card", "TemplateCard": fields})
        await self.click(stage, sent["msgid"], "yes")
        assert stage.chat("LiXiang")[0].card == {
            "card_type": "text_notice",
            "main_title": {"title": "新题"},
            "horizontal_content_list": [{"keyname": "客户", "value": "恒盛"}],
            "card_action": {"type": 1, "url": "https://x.example"},
        }

    async def test_a_passive_card_that_is_wrong_is_refused(self, stage):
        sent = await send(stage)
        fields = {"CardType": "text_notice", "MainTitle": {"Title": "新题"}}
        stage.receiver.body = xml_answer(stage, {"MsgType": "update_template_card", "TemplateCard": fields})
        await self.click(stage, sent["msgid"], "yes")
        assert stage.chat("LiXiang")[0].card["card_type"] == BUTTON
        assert "42045" in stage.sim.trace.after(0)[-1]["detail"]
