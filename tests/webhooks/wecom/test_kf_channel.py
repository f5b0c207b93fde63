"""微信客服 as a channel: every message once, in WeCom's order, said by the right person."""

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from bot.domain.conversation import (
    ConversationKey,
    IncomingMessage,
    MessageKind,
    Recall,
    RepAssigned,
    Speaker,
)
from bot.errors import CannotProcess
from bot.interfaces import Channel, Outgoing, Profile
from tests.webhooks.wecom.fakes import Clock, FakeWecom, client_to
from webhooks.wecom.contacts import Contacts
from webhooks.wecom.counters import Counters
from webhooks.wecom.kf import Kf
from webhooks.wecom.kf_channel import KfChannel
from webhooks.wecom.media import Media

JSON = {"Content-Type": "application/json; charset=UTF-8"}
SIGNAL = {"token": "T", "open_kfid": "wkA"}
HERE = ConversationKey(channel="kf", account="wkA", party="wmC")


def channel_to(wecom, *, with_contacts=True, counters=None, clock=None):
    client = client_to(wecom)
    return KfChannel(
        kf=Kf(client),
        media=Media(client),
        contacts=Contacts(client) if with_contacts else None,
        counters=counters or Counters(),
        clock=clock or Clock(),
    )


def item(msgid, text="你好", *, at=1_700_000_000, origin=3, **fields):
    return {
        "msgid": msgid,
        "open_kfid": "wkA",
        "external_userid": "wmC",
        "send_time": at,
        "origin": origin,
        "msgtype": "text",
        "text": {"content": text},
        **fields,
    }


def event(kind, **fields):
    return {
        "msgid": "e1",
        "send_time": 1,
        "origin": 4,
        "msgtype": "event",
        "event": {"event_type": kind, **fields},
    }


def log_of(*pages):
    wecom = FakeWecom()
    wecom.on(
        "kf/sync_msg",
        *(
            {"errcode": 0, "next_cursor": f"C{n}", "has_more": int(n < len(pages)), "msg_list": list(page)}
            for n, page in enumerate(pages, start=1)
        ),
    )
    return wecom


async def read_all(channel, cursor=None):
    items, more = [], True
    while more:
        page = await channel.read(SIGNAL, cursor)
        items += page.items
        cursor, more = page.cursor, page.has_more
    return items


async def test_it_is_a_channel():
    channel: Channel = channel_to(FakeWecom())
    assert channel.name == "kf"


async def test_a_customers_words_become_a_message():
    [message] = await read_all(channel_to(log_of([item("m1")])))
    assert message == IncomingMessage(
        key="kf:m1",
        conversation=HERE,
        kind=MessageKind.TEXT,
        speaker=Speaker.CUSTOMER,
        text="你好",
        said_at=datetime.fromtimestamp(1_700_000_000, UTC),
        sort_key=message.sort_key,
    )


async def test_a_servicers_words_are_the_reps():
    [message] = await read_all(channel_to(log_of([item("m1", origin=5, servicer_userid="lisi")])))
    assert (message.speaker, message.rep_id) == (Speaker.REP, "lisi")


async def test_twelve_messages_behind_one_signal_are_twelve_in_order():
    page = [item(f"m{number}", str(number)) for number in range(12)]
    messages = await read_all(channel_to(log_of(page)))
    assert [message.text for message in sorted(messages, key=lambda one: one.sort_key)] == [
        str(number) for number in range(12)
    ]


async def test_the_order_inside_one_second_holds_over_pages_and_a_restart():
    first = [item(f"a{number}", f"a{number}") for number in range(5)]
    second = [item(f"b{number}", f"b{number}") for number in range(3)]
    clock = Clock()
    before = await read_all(channel_to(log_of(first, [], second), clock=clock))
    clock.move(0.01)
    after = await read_all(channel_to(log_of([item("c0", "c0")]), clock=clock))
    said = [*before, *after]
    assert sorted(said, key=lambda one: one.sort_key) == said
    assert len({one.sort_key for one in said}) == 9


async def test_wecoms_time_goes_before_our_reading():
    late, early = item("m1", "late", at=1_700_000_009), item("m2", "early", at=999_999_999)
    messages = await read_all(channel_to(log_of([late, early])))
    assert [one.text for one in sorted(messages, key=lambda one: one.sort_key)] == ["early", "late"]


async def test_an_empty_page_with_more_behind_it_is_not_the_end():
    wecom = log_of([item("m1")], [], [item("m2")])
    messages = await read_all(channel_to(wecom))
    assert [message.key for message in messages] == ["kf:m1", "kf:m2"]
    assert [body.get("cursor") for body in wecom.sent_to("kf/sync_msg")] == [None, "C1", "C2"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("voice", MessageKind.VOICE),
        ("image", MessageKind.IMAGE),
        ("file", MessageKind.FILE),
        ("video", MessageKind.OTHER),
    ],
)
async def test_media_keep_their_id(kind, expected):
    [message] = await read_all(channel_to(log_of([item("m1", msgtype=kind, **{kind: {"media_id": "MID"}})])))
    assert (message.kind, message.media_id, message.text) == (expected, "MID", "")


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        ("link", {"title": "报价", "desc": "第三版", "url": "https://x"}, "报价 第三版 https://x"),
        ("location", {"name": "南门", "address": "上海"}, "南门 上海"),
        ("merged_msg", {"item": []}, ""),
    ],
)
async def test_other_kinds_are_kept_with_what_can_be_read(kind, body, words):
    [message] = await read_all(channel_to(log_of([item("m1", msgtype=kind, **{kind: body})])))
    assert (message.kind, message.text) == (MessageKind.OTHER, words)


@pytest.mark.parametrize("kind", ["user_recall_msg", "servicer_recall_msg"])
async def test_a_recall_names_the_key_of_its_message(kind):
    items = await read_all(channel_to(log_of([event(kind, recall_msgid="m1", external_userid="wmC")])))
    assert items == [Recall(key="kf:m1")]


async def test_a_servicer_who_takes_the_session_is_assigned():
    change = event(
        "session_status_change",
        open_kfid="wkA",
        external_userid="wmC",
        change_type=1,
        new_servicer_userid="lisi",
    )
    assert await read_all(channel_to(log_of([change]))) == [RepAssigned(conversation=HERE, rep_id="lisi")]


async def test_what_nobody_needs_is_counted_and_harms_nothing():
    counters = Counters()
    odd = [
        event("enter_session", welcome_code="W"),
        event("session_status_change", external_userid="wmC", change_type=3),
        event("user_recall_msg"),
        {"msgtype": "event", "event": "odd"},
        {"msgtype": "text"},
        item("m1", origin=4),
        item("", "no id"),
        item("m2", send_time="soon"),
        item("m3", "kept"),
    ]
    items = await read_all(channel_to(log_of(odd), counters=counters))
    assert [one.text for one in items] == ["kept"]
    assert sum(counters.unknown.values()) == 8
    assert counters.unknown["kf.event.enter_session"] == 1


@pytest.mark.parametrize(
    "poison",
    [
        item("bad", "秘密", at=1_700_000_000_000_000),
        item("bad", "秘密", at=10**30),
        event(["user_recall_msg"], words="秘密"),
    ],
    ids=["microseconds", "beyond all time", "a kind that is a list"],
)
async def test_an_item_that_cannot_be_read_is_counted_and_the_others_arrive(poison, caplog):
    counters = Counters()
    items = await read_all(
        channel_to(log_of([item("m1", "前"), poison, item("m2", "后")]), counters=counters)
    )
    assert [one.text for one in items] == ["前", "后"]
    assert sum(counters.unknown.values()) == 1
    assert "kf.item_unreadable position=1" in caplog.text
    assert "秘密" not in caplog.text


async def test_half_a_pair_becomes_a_sign_that_can_be_stored():
    wecom = FakeWecom()
    page = [item("m1", "前"), item("m2", "太贵\ud83d了"), item("m3", "后😀")]
    answered = {"errcode": 0, "next_cursor": "C", "has_more": 0, "msg_list": page}
    wecom.on("kf/sync_msg", httpx.Response(200, content=json.dumps(answered).encode(), headers=JSON))
    items = await read_all(channel_to(wecom))
    assert [one.text for one in items] == ["前", "太贵?了", "后😀"]


async def test_bytes_that_are_no_letters_do_not_cost_the_page():
    wecom = FakeWecom()
    page = [item("m1", "前"), item("m2", "@@")]
    answered = {"errcode": 0, "next_cursor": "C", "has_more": 0, "msg_list": page}
    body = json.dumps(answered).encode().replace(b"@@", b"\xed\xa0\xbd\xff")
    wecom.on("kf/sync_msg", httpx.Response(200, content=body, headers=JSON))
    items = await read_all(channel_to(wecom))
    assert [one.text.strip("\ufffd") for one in items] == ["前", ""]


async def test_a_message_of_a_kind_that_is_not_read_is_kept_and_counted():
    counters = Counters()
    page = [
        item("m1", msgtype="merged_msg", merged_msg={"title": "聊天记录", "item": []}),
        item("m2", msgtype="video", video={"media_id": "M"}),
        item("m3", ""),
        item("m4"),
    ]
    messages = await read_all(channel_to(log_of(page), counters=counters))
    assert (messages[0].kind, messages[0].text) == (MessageKind.OTHER, "")
    assert len(messages) == len(page)
    assert counters.unknown == {"kf.merged_msg": 1}


async def test_a_failed_delivery_is_logged_without_names(caplog):
    caplog.set_level(logging.INFO)
    await read_all(channel_to(log_of([event("msg_send_fail", external_userid="wmC", fail_type=4)])))
    lines = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("webhooks"))
    assert "kf.not_delivered fail_type=4" in lines
    assert "wmC" not in lines


async def test_a_delivery_that_is_no_signal_reads_nothing():
    wecom = FakeWecom()
    page = await channel_to(wecom).read({"fields": {"MsgType": "event"}}, "C1")
    assert (page.items, page.cursor, page.has_more) == ((), "C1", False)
    assert wecom.requests == []


def outgoing(kind="text", body=None):
    return Outgoing(key="K1", conversation=HERE, kind=kind, body=body or {"content": "好"})


async def test_a_reply_goes_to_the_customer_with_its_key():
    wecom = FakeWecom()
    wecom.on("kf/send_msg", {"errcode": 0, "msgid": "K1"})
    sent = await channel_to(wecom).send(outgoing())
    assert sent.channel_id == "K1"
    assert wecom.sent_to("kf/send_msg")[0]["msgid"] == "K1"


async def test_a_used_key_means_that_the_earlier_attempt_arrived_and_only_then():
    wecom = FakeWecom()
    wecom.on("kf/send_msg", {"errcode": 40058})
    sent = await channel_to(wecom).send(replace(outgoing(), repeat=True))
    assert sent.channel_id == "K1"
    with pytest.raises(CannotProcess):
        await channel_to(wecom).send(outgoing())


@pytest.mark.parametrize("kind", ["markdown", "card"])
async def test_what_a_customer_cannot_get_is_parked(kind):
    wecom = FakeWecom()
    with pytest.raises(CannotProcess):
        await channel_to(wecom).send(outgoing(kind))
    assert wecom.requests == []


def knowing(customers, contact):
    wecom = FakeWecom()
    wecom.on("kf/customer/batchget", {"errcode": 0, "customer_list": customers})
    wecom.on("externalcontact/get", contact)
    return wecom


NICKNAME = [{"external_userid": "wmC", "nickname": "小陈"}]
CONTACT = {"errcode": 0, "external_contact": {"name": "陈工", "corp_name": "华东某厂"}, "follow_user": []}


@pytest.mark.parametrize(
    ("customers", "contact", "expected"),
    [
        (NICKNAME, CONTACT, Profile(customer_id="wmC", name="小陈", company="华东某厂")),
        (NICKNAME, {"errcode": 84061}, Profile(customer_id="wmC", name="小陈")),
        (NICKNAME, {"errcode": 48002}, Profile(customer_id="wmC", name="小陈")),
        ([], CONTACT, Profile(customer_id="wmC", name="陈工", company="华东某厂")),
        ([], {"errcode": 84061}, None),
    ],
)
async def test_a_customer_is_known_by_what_may_be_asked(customers, contact, expected):
    assert await channel_to(knowing(customers, contact)).profile(HERE) == expected


async def test_without_customer_contact_only_the_nickname_is_asked():
    wecom = knowing(NICKNAME, CONTACT)
    profile = await channel_to(wecom, with_contacts=False).profile(HERE)
    assert profile == Profile(customer_id="wmC", name="小陈")
    assert wecom.count("externalcontact/get") == 0
