"""An app's chat as a channel: the delivery is the message, and replies reach one member."""

import pytest

from bot.domain.conversation import ConversationKey, MessageKind, Speaker
from bot.errors import CannotProcess
from bot.interfaces import Channel, Outgoing
from tests.webhooks.wecom.fakes import Clock, FakeWecom, client_to, event_xml
from webhooks.wecom.app_channel import AppChannel
from webhooks.wecom.counters import Counters
from webhooks.wecom.limits import MemberLimit
from webhooks.wecom.media import Media
from webhooks.wecom.messages import Messages
from webhooks.wecom.xml_reader import read_xml

HERE = ConversationKey(channel="app", account="1000002", party="zhangsan")


def channel_to(wecom, counters=None):
    client = client_to(wecom)
    return AppChannel(
        messages=Messages(client, agent_id=1_000_002, limit=MemberLimit(Clock())),
        media=Media(client),
        agent_id=1_000_002,
        counters=counters or Counters(),
        clock=Clock(),
    )


def delivery(**elements):
    shared = {"ToUserName": "wwcorp", "FromUserName": "zhangsan", "CreateTime": "1700000000"}
    return {"fields": read_xml(event_xml(**shared, **elements))}


async def test_it_is_a_channel():
    channel: Channel = channel_to(FakeWecom())
    assert channel.name == "app"


async def test_a_members_words_are_one_page():
    page = await channel_to(FakeWecom()).read(delivery(MsgType="text", Content="帮我看看", MsgId="7"), None)
    [message] = page.items
    assert (page.cursor, page.has_more) == (None, False)
    assert message.key == "app:1000002:7"
    assert message.conversation == HERE
    assert (message.speaker, message.rep_id) == (Speaker.REP, "zhangsan")
    assert (message.kind, message.text) == (MessageKind.TEXT, "帮我看看")
    assert message.said_at.timestamp() == 1_700_000_000


@pytest.mark.parametrize(
    ("elements", "kind", "text", "media_id"),
    [
        ({"MsgType": "voice", "MediaId": "M", "Format": "amr"}, MessageKind.VOICE, "", "M"),
        ({"MsgType": "image", "MediaId": "M", "PicUrl": "u"}, MessageKind.IMAGE, "", "M"),
        ({"MsgType": "video", "MediaId": "M"}, MessageKind.OTHER, "", "M"),
        ({"MsgType": "location", "Label": "上海"}, MessageKind.OTHER, "上海", None),
        ({"MsgType": "link", "Title": "a", "Description": "b"}, MessageKind.OTHER, "a b", None),
    ],
)
async def test_other_messages_keep_what_they_carry(elements, kind, text, media_id):
    page = await channel_to(FakeWecom()).read(delivery(**elements, MsgId="7"), None)
    [message] = page.items
    assert (message.kind, message.text, message.media_id) == (kind, text, media_id)


async def test_messages_of_one_second_sort_as_they_were_read():
    channel = channel_to(FakeWecom())
    pages = [await channel.read(delivery(MsgType="text", Content=n, MsgId=n), None) for n in "321"]
    keys = [page.items[0].sort_key for page in pages]
    assert keys == sorted(set(keys))


async def test_events_are_counted_and_read_as_nothing():
    counters = Counters()
    channel = channel_to(FakeWecom(), counters)
    for elements in ({"Event": "enter_agent"}, {"Event": "template_card_event"}, {"Event": "brand_new"}):
        assert (await channel.read(delivery(MsgType="event", **elements), None)).items == ()
    assert (await channel.read({}, None)).items == ()
    assert counters.unknown == {"app.AppEntered": 1, "app.CardAnswered": 1}


def outgoing(kind="text", body=None, **fields):
    return Outgoing(key="K1", conversation=HERE, kind=kind, body=body or {"content": "好"}, **fields)


@pytest.mark.parametrize(
    ("kind", "msgtype", "body"),
    [
        ("text", "text", {"content": "好"}),
        ("markdown", "markdown", {"content": "**好**"}),
        ("card", "template_card", {"card_type": "text_notice"}),
        ("image", "image", {"media_id": "M"}),
    ],
)
async def test_each_kind_goes_to_the_one_member(kind, msgtype, body):
    wecom = FakeWecom()
    wecom.on("message/send", {"errcode": 0, "msgid": "M1", "response_code": "R1"})
    sent = await channel_to(wecom).send(outgoing(kind, body))
    [request] = wecom.sent_to("message/send")
    assert (request["touser"], request["msgtype"], request[msgtype]) == ("zhangsan", msgtype, body)
    assert request["enable_duplicate_check"] == 1
    assert (sent.channel_id, sent.response_code, sent.dropped) == ("M1", "R1", ())


async def test_a_deliberate_repetition_is_let_through():
    wecom = FakeWecom()
    wecom.on("message/send", {"errcode": 0, "msgid": "M1"})
    await channel_to(wecom).send(outgoing(guard_duplicates=False))
    assert "enable_duplicate_check" not in wecom.sent_to("message/send")[0]


@pytest.mark.parametrize(
    "answer", [{"errcode": 81013}, {"errcode": 0, "msgid": "M1", "invaliduser": "ZHANGSAN"}]
)
async def test_nobody_reached_is_parked(answer):
    wecom = FakeWecom()
    wecom.on("message/send", answer)
    with pytest.raises(CannotProcess):
        await channel_to(wecom).send(outgoing())


async def test_an_unknown_kind_is_parked_untried():
    wecom = FakeWecom()
    with pytest.raises(CannotProcess):
        await channel_to(wecom).send(outgoing("hologram"))
    assert wecom.requests == []


async def test_members_have_no_profile():
    assert await channel_to(FakeWecom()).profile(HERE) is None
