"""微信客服 calls: pulled by cursor, sent with a key, nothing guessed."""

import httpx
import pytest

from bot.errors import CannotProcess, MaybeDone
from tests.webhooks.wecom.fakes import FakeWecom, client_to
from webhooks.wecom.kf import Kf, SessionState


def scripted(path, *answers):
    wecom = FakeWecom()
    wecom.on(path, *answers)
    return wecom, Kf(client_to(wecom))


async def test_a_page_is_asked_for_by_account_cursor_and_token():
    wecom, kf = scripted(
        "kf/sync_msg", {"errcode": 0, "next_cursor": "C2", "has_more": 1, "msg_list": [{"a": 1}]}
    )
    page = await kf.sync("wkA", cursor="C1", token="T")
    assert wecom.sent_to("kf/sync_msg") == [
        {"open_kfid": "wkA", "limit": 50, "voice_format": 0, "cursor": "C1", "token": "T"}
    ]
    assert (page.items, page.next_cursor, page.has_more) == (({"a": 1},), "C2", True)


async def test_the_first_page_has_no_cursor_and_a_poll_no_token():
    wecom, kf = scripted("kf/sync_msg", {"errcode": 0, "next_cursor": "C1", "has_more": 0, "msg_list": []})
    await kf.sync("wkA", cursor=None, token=None)
    assert set(wecom.sent_to("kf/sync_msg")[0]) == {"open_kfid", "limit", "voice_format"}


async def test_a_worn_out_token_is_left_out():
    wecom, kf = scripted(
        "kf/sync_msg", {"errcode": 95007}, {"errcode": 0, "next_cursor": "C2", "has_more": 0, "msg_list": []}
    )
    page = await kf.sync("wkA", cursor="C1", token="OLD")
    assert page.next_cursor == "C2"
    first, second = wecom.sent_to("kf/sync_msg")
    assert first == second | {"token": "OLD"}


@pytest.mark.parametrize(
    ("answer", "cursor", "has_more"),
    [
        ({"errcode": 0, "next_cursor": "C2", "has_more": 1, "msg_list": []}, "C2", True),
        ({"errcode": 0, "next_cursor": "", "has_more": 0}, "C1", False),
        ({"errcode": 0, "has_more": 0, "msg_list": "odd"}, "C1", False),
    ],
)
async def test_only_has_more_ends_the_log_and_the_cursor_never_falls_back(answer, cursor, has_more):
    _, kf = scripted("kf/sync_msg", answer)
    page = await kf.sync("wkA", cursor="C1", token=None)
    assert (page.items, page.next_cursor, page.has_more) == ((), cursor, has_more)


async def test_a_reply_carries_our_key_as_msgid():
    wecom, kf = scripted("kf/send_msg", {"errcode": 0, "msgid": "K1"})
    assert await kf.send("wkA", "wmC", kind="text", body={"content": "好"}, key="K1") == "K1"
    assert wecom.sent_to("kf/send_msg") == [
        {"touser": "wmC", "open_kfid": "wkA", "msgid": "K1", "msgtype": "text", "text": {"content": "好"}}
    ]


async def test_a_long_reply_is_cut_where_it_can_be_read():
    wecom, kf = scripted("kf/send_msg", {"errcode": 0, "msgid": "K1"})
    await kf.send("wkA", "wmC", kind="text", body={"content": "价" * 900}, key="K1")
    content = wecom.sent_to("kf/send_msg")[0]["text"]["content"]
    assert len(content.encode()) <= 2048
    assert content.endswith("…")


@pytest.mark.parametrize(("code", "words"), [(95001, "5 条"), (95002, "48 小时"), (95018, "接手")])
async def test_what_wecom_forbids_is_parked_with_its_reason(code, words):
    wecom, kf = scripted("kf/send_msg", {"errcode": code})
    with pytest.raises(CannotProcess, match=words):
        await kf.send("wkA", "wmC", kind="text", body={"content": "x"}, key="K1")
    assert wecom.count("kf/send_msg") == 1


async def test_a_reply_without_an_answer_is_maybe_done():
    wecom, kf = scripted("kf/send_msg", httpx.ReadTimeout("x"))
    with pytest.raises(MaybeDone):
        await kf.send("wkA", "wmC", kind="text", body={"content": "x"}, key="K1")
    assert wecom.count("kf/send_msg") == 1


async def test_a_welcome_is_sent_with_the_code_of_its_event():
    wecom, kf = scripted("kf/send_msg_on_event", {"errcode": 0, "msgid": "K2"})
    menu = {"head_content": "您好", "list": []}
    assert await kf.send_on_event("WC", kind="msgmenu", body=menu, key="K2") == "K2"
    assert wecom.sent_to("kf/send_msg_on_event") == [
        {"code": "WC", "msgid": "K2", "msgtype": "msgmenu", "msgmenu": menu}
    ]


async def test_who_has_the_session_is_read_and_changed():
    wecom, kf = scripted(
        "kf/service_state/get", {"errcode": 0, "service_state": 3, "servicer_userid": "lisi"}
    )
    wecom.on("kf/service_state/trans", {"errcode": 0, "msg_code": "MC"})
    assert await kf.session("wkA", "wmC") == SessionState(state=3, servicer="lisi")
    assert await kf.move_session("wkA", "wmC", 3, servicer="wangwu") == "MC"
    assert wecom.sent_to("kf/service_state/trans") == [
        {"open_kfid": "wkA", "external_userid": "wmC", "service_state": 3, "servicer_userid": "wangwu"}
    ]


async def test_a_step_that_the_session_does_not_allow_is_parked():
    _, kf = scripted("kf/service_state/trans", {"errcode": 95016})
    with pytest.raises(CannotProcess):
        await kf.move_session("wkA", "wmC", 1)
