"""The door stores first, answers empty, and gives nothing away."""

import asyncio
import logging
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI

from bot.errors import TryLater
from tests.webhooks.wecom.fakes import (
    CORP,
    KEY,
    NOW,
    TOKEN,
    Clock,
    Sleeps,
    callback,
    encrypt,
    event_xml,
    sign,
    signed_query,
    xml_body,
)
from webhooks.wecom.counters import Counters
from webhooks.wecom.endpoint import Door, DoorKind, callback_router
from webhooks.wecom.envelope import Envelope
from webhooks.wecom.refusal import Reason

MARKER = "贵公司的报价太高了"
TEXT = event_xml(
    ToUserName=CORP,
    FromUserName="zhangsan",
    CreateTime="1700000000",
    MsgType="text",
    Content=MARKER,
    MsgId="4561255354251345929",
    AgentID="1000002",
)
SIGNAL = event_xml(
    ToUserName=CORP,
    CreateTime="1700000000",
    MsgType="event",
    Event="kf_msg_or_event",
    Token="SYNC",
    OpenKfId="wkA",
)


class Inbox:
    """Stores deliveries; fails as often as told, or hangs."""

    def __init__(self, *, failures=0, hangs=False):
        self.kept = []
        self.failures = failures
        self.hangs = hangs

    async def __call__(self, delivery):
        if self.hangs:
            await asyncio.Event().wait()
        if self.failures:
            self.failures -= 1
            raise TryLater("busy")
        self.kept.append(delivery)


class House:
    """An application with an app door and a 微信客服 door."""

    def __init__(self, inbox=None, **options):
        self.inbox, self.counters, self.clock, self.sleeps = inbox or Inbox(), Counters(), Clock(), Sleeps()
        envelope = Envelope(token=TOKEN, encoding_aes_key=KEY, receiver_id=CORP)
        doors = {kind.value: Door(name=kind.value, kind=kind, envelope=envelope) for kind in DoorKind}
        app = FastAPI()
        app.include_router(
            callback_router(
                doors, self.inbox, counters=self.counters, clock=self.clock, sleep=self.sleeps, **options
            )
        )
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door")

    async def post(self, message, door="app", **query):
        path, body = callback(message, door, **query)
        return await self.http.post(path, content=body)


def echo_path(plain=b"1616140317555161061", **changes):
    encrypted = encrypt(plain)
    return f"/callbacks/wecom/app?{urlencode(signed_query(encrypted) | {'echostr': encrypted} | changes)}"


async def test_url_check_is_answered_with_the_bare_plaintext():
    answer = await House().http.get(echo_path())
    assert (answer.status_code, answer.content) == (200, b"1616140317555161061")


@pytest.mark.parametrize(
    "changes", [{"msg_signature": "0" * 40}, {"nonce": "n2"}, {"echostr": "AAAA"}, {"echostr": ""}]
)
async def test_failed_url_check_echoes_nothing(changes):
    house = House()
    answer = await house.http.get(echo_path(**changes))
    assert (answer.status_code, answer.content) == (403, b"")
    assert house.counters.refused[Reason.SIGNATURE] == 1


async def test_url_check_without_parameters_is_refused():
    answer = await House().http.get("/callbacks/wecom/app")
    assert (answer.status_code, answer.content) == (403, b"")


async def test_a_message_is_stored_whole_before_the_empty_200():
    house = House()
    answer = await house.post(TEXT)
    assert (answer.status_code, answer.content) == (200, b"")
    [delivery] = house.inbox.kept
    assert delivery.door == "app"
    assert delivery.key == "app:msg:4561255354251345929"
    assert delivery.lane == "read:app:zhangsan"
    assert delivery.payload["fields"]["Content"] == MARKER
    assert delivery.received_at == NOW


async def test_a_kf_signal_is_stored_as_token_and_account_in_its_lane():
    house = House()
    await house.post(SIGNAL, "kf")
    [delivery] = house.inbox.kept
    assert delivery.payload == {"token": "SYNC", "open_kfid": "wkA"}
    assert delivery.lane == "read:kf:wkA"
    assert not house.counters.unknown


async def test_the_same_delivery_thrice_at_once_has_one_key_each_time():
    house = House()
    answers = await asyncio.gather(*(house.post(TEXT, nonce=f"n{number}") for number in range(3)))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({delivery.key for delivery in house.inbox.kept}) == 1


async def test_five_events_in_one_second_are_five_deliveries():
    house = House()
    for user in "abcde":
        body = event_xml(
            FromUserName="sys", CreateTime="1", MsgType="event", Event="change_contact", UserID=user
        )
        await house.post(body)
    assert len({delivery.key for delivery in house.inbox.kept}) == 5


async def test_unknown_kinds_are_stored_and_counted():
    house = House()
    await house.post(event_xml(FromUserName="sys", MsgType="event", Event="brand_new"))
    await house.post(event_xml(MsgType="event", Event="kf_account_auth_change"), "kf")
    assert house.counters.unknown == {"app.event.brand_new": 1, "kf.event.kf_account_auth_change": 1}
    assert [delivery.payload["fields"]["MsgType"] for delivery in house.inbox.kept] == ["event", "event"]


async def test_a_busy_store_is_asked_again_and_then_acknowledged():
    house = House(Inbox(failures=3))
    assert (await house.post(TEXT)).status_code == 200
    assert house.sleeps.seconds == [0.05, 0.1, 0.2]
    assert len(house.inbox.kept) == 1


async def test_a_store_that_stays_busy_means_503_within_the_budget():
    house = House(Inbox(failures=10**6))
    answer = await house.post(TEXT)
    assert (answer.status_code, answer.content) == (503, b"")
    assert sum(house.sleeps.seconds) <= 4.0
    assert house.counters.not_stored == 1
    assert house.counters.stored == 0


async def test_a_store_that_hangs_means_503_too():
    house = House(Inbox(hangs=True), store_budget_seconds=0.02)
    async with asyncio.timeout(1):
        assert (await house.post(TEXT)).status_code == 503


async def test_wrong_receiver_old_time_and_changed_body_are_refused_and_not_stored():
    house = House()
    foreign = encrypt(TEXT, receiver="wwother")
    path = f"/callbacks/wecom/app?{urlencode(signed_query(foreign))}"
    wrong_receiver = await house.http.post(path, content=xml_body(foreign))
    path, body = callback(TEXT)
    house.clock.move(301)
    too_old = await house.http.post(path, content=body)
    house.clock.move(-301)
    changed = await house.http.post(path, content=body.replace(b"<Encrypt>", b"<Encrypt>A"))
    for answer in (wrong_receiver, too_old, changed):
        assert (answer.status_code, answer.content) == (403, b"")
    assert house.counters.refused == {Reason.RECEIVER: 1, Reason.AGE: 1, Reason.SIGNATURE: 1}
    assert house.inbox.kept == []


async def test_authentic_but_broken_inner_xml_is_refused():
    house = House()
    answer = await house.post(b"<!DOCTYPE a [<!ENTITY b 'c'>]><xml>&b;</xml>")
    assert (answer.status_code, answer.content) == (403, b"")
    assert house.counters.refused == {Reason.UNREADABLE: 1}


async def test_an_unknown_door_is_not_there():
    for method in ("GET", "POST"):
        answer = await House().http.request(method, "/callbacks/wecom/none")
        assert (answer.status_code, answer.content) == (404, b"")


async def test_a_four_megabyte_body_is_refused_before_it_is_parsed():
    house = House()
    answer = await house.http.post(callback(TEXT)[0], content=b"<xml>" + b"A" * 4_194_304)
    assert (answer.status_code, answer.content) == (413, b"")
    assert house.counters.too_large == 1
    assert house.inbox.kept == []


async def drive(house, chunks, headers=()):
    """Play an ASGI server with a streamed body; returns the status and how many chunks were taken."""
    taken, sent = 0, []

    async def receive():
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b"A" * 16_384, "more_body": taken < chunks}

    async def send(message):
        sent.append(message)

    path, query = callback(TEXT)[0].split("?")
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": list(headers),
        "server": ("door", 80),
        "client": ("1.2.3.4", 5),
    }
    await house.http._transport.app(scope, receive, send)
    return sent[0]["status"], taken


async def test_a_stream_without_length_is_cut_off_at_the_cap():
    assert await drive(House(), chunks=256) == (413, 5)


@pytest.mark.parametrize("length", [b"99999999", b"65537"])
async def test_an_announced_size_is_refused_unread(length):
    assert await drive(House(), chunks=256, headers=[(b"content-length", length)]) == (413, 0)


@pytest.mark.parametrize("length", [b"-1", b"abc", "²".encode("latin-1"), b"9" * 400])
async def test_a_false_length_changes_nothing(length):
    assert await drive(House(), chunks=256, headers=[(b"content-length", length)]) == (413, 5)


async def test_a_caller_who_hangs_up_does_no_harm():
    house, sent = House(), []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    path, query = callback(TEXT)[0].split("?")
    scope = {"type": "http", "method": "POST", "path": path, "query_string": query.encode(), "headers": []}
    await house.http._transport.app(scope, receive, send)
    assert sent[0]["status"] == 400
    assert house.inbox.kept == []


async def test_no_log_line_holds_words_names_tokens_or_keys(caplog):
    caplog.set_level(logging.DEBUG)
    house = House(Inbox(failures=1))
    await house.post(TEXT)
    await house.post(SIGNAL, "kf")
    await house.http.get(echo_path(msg_signature="0" * 40))
    lines = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("webhooks"))
    assert "callback.stored door=app" in lines
    for secret in (MARKER, "zhangsan", "SYNC", "wkA", TOKEN, KEY):
        assert secret not in lines


async def test_a_signature_is_over_the_body_not_only_the_query():
    house = House()
    timestamp = str(int(NOW.timestamp()))
    query = {"msg_signature": sign("", timestamp, "n1"), "timestamp": timestamp, "nonce": "n1"}
    answer = await house.http.post(
        f"/callbacks/wecom/app?{urlencode(query)}", content=xml_body(encrypt(TEXT))
    )
    assert answer.status_code == 403
