"""App messages go out as WeCom wants them and come back as what happened."""

import pytest

from bot.errors import CannotProcess, TryLater
from tests.webhooks.wecom.fakes import Clock, FakeWecom, client_to
from webhooks.wecom.limits import PER_MINUTE, MemberLimit
from webhooks.wecom.messages import Messages


def messages_to(wecom):
    return Messages(client_to(wecom), agent_id=1_000_002, limit=MemberLimit(Clock()))


async def send(wecom, kind="text", body=None, *, guard=True, member="ZhangSan"):
    body = body or {"content": "你好"}
    return await messages_to(wecom).send(member, kind, body, guard_duplicates=guard)


def accepting(**fields):
    wecom = FakeWecom()
    wecom.on("message/send", {"errcode": 0, "msgid": "M1", **fields})
    return wecom


async def test_a_guarded_text_asks_wecom_to_drop_a_second_one():
    wecom = accepting()
    accepted = await send(wecom)
    assert wecom.sent_to("message/send") == [
        {
            "touser": "ZhangSan",
            "msgtype": "text",
            "agentid": 1_000_002,
            "text": {"content": "你好"},
            "enable_duplicate_check": 1,
            "duplicate_check_interval": 600,
        }
    ]
    assert (accepted.message_id, accepted.response_code, accepted.dropped) == ("M1", None, ())


async def test_a_deliberate_repetition_is_not_guarded():
    wecom = accepting()
    await send(wecom, guard=False)
    assert "enable_duplicate_check" not in wecom.sent_to("message/send")[0]


@pytest.mark.parametrize("kind", ["text", "markdown"])
async def test_long_texts_are_cut_to_2048_bytes(kind):
    wecom = accepting()
    await send(wecom, kind, {"content": "价" * 900})
    sent = wecom.sent_to("message/send")[0][kind]["content"]
    assert len(sent.encode()) <= 2048
    assert sent.endswith("…")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("image", {"media_id": "m"}),
        ("voice", {"media_id": "m"}),
        ("file", {"media_id": "m"}),
        ("template_card", {"card_type": "text_notice"}),
    ],
)
async def test_other_kinds_go_out_unchanged(kind, body):
    wecom = accepting()
    await send(wecom, kind, body)
    assert wecom.sent_to("message/send")[0][kind] == body


async def test_who_was_dropped_comes_back_from_every_list():
    wecom = accepting(invaliduser="lisi|wangwu", unlicenseduser="zhaoliu", invalidparty="", response_code="R")
    accepted = await send(wecom)
    assert accepted.dropped == ("lisi", "wangwu", "zhaoliu")
    assert accepted.response_code == "R"


async def test_the_thirtieth_message_of_a_minute_is_not_even_tried():
    wecom = accepting()
    messages = messages_to(wecom)
    for number in range(PER_MINUTE):
        await messages.send("a", "text", {"content": str(number)}, guard_duplicates=True)
    with pytest.raises(TryLater):
        await messages.send("A", "text", {"content": "x"}, guard_duplicates=True)
    assert wecom.count("message/send") == PER_MINUTE


async def test_a_card_is_replaced_for_its_receivers():
    wecom = FakeWecom()
    wecom.on("message/update_template_card", {"errcode": 0, "invaliduser": ["lisi"]})
    missed = await messages_to(wecom).update_card(
        "RC", ["zhangsan", "lisi"], card={"card_type": "text_notice"}
    )
    assert missed == ("lisi",)
    assert wecom.sent_to("message/update_template_card") == [
        {
            "userids": ["zhangsan", "lisi"],
            "agentid": 1_000_002,
            "response_code": "RC",
            "template_card": {"card_type": "text_notice"},
        }
    ]


async def test_buttons_become_a_label():
    wecom = FakeWecom()
    wecom.on("message/update_template_card", {"errcode": 0})
    assert await messages_to(wecom).update_card("RC", ["a"], label="已采用") == ()
    assert wecom.sent_to("message/update_template_card")[0]["button"] == {"replace_name": "已采用"}


@pytest.mark.parametrize("code", [42022, 60140, 42015])
async def test_a_used_response_code_is_parked_and_not_retried(code):
    wecom = FakeWecom()
    wecom.on("message/update_template_card", {"errcode": code})
    with pytest.raises(CannotProcess):
        await messages_to(wecom).update_card("RC", ["a"], label="x")
    assert wecom.count("message/update_template_card") == 1


async def test_a_message_is_recalled_by_its_id():
    wecom = FakeWecom()
    wecom.on("message/recall", {"errcode": 0}, {"errcode": 42052})
    await messages_to(wecom).recall("M1")
    assert wecom.sent_to("message/recall") == [{"msgid": "M1"}]
    with pytest.raises(CannotProcess):
        await messages_to(wecom).recall("M1")
