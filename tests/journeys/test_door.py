"""The door of a running product: what it takes once, and what it never takes."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import httpx
import pytest

from tests.journeys.corp import REP, Corp
from tests.journeys.product import Product, until
from webhooks.simulator.crypto import Cipher
from webhooks.simulator.envelope import Sealed
from wenzhen.demo import DEMO_AGENT, DEMO_CORP

HELP = "帮助"
REFUSED_WITHIN_SECONDS = 0.25
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + level, b"&%c;" % (97 + level) * 10) for level in range(9))
    + b"]><xml><Encrypt>&j;</Encrypt><Content>&j;</Content></xml>"
)


def event(number: int, **changes: object) -> dict[str, object]:
    return {
        "ToUserName": DEMO_CORP,
        "FromUserName": REP,
        "CreateTime": 1_772_000_000,
        "MsgType": "event",
        "Event": "click",
        "EventKey": f"menu-{number}",
        "AgentID": DEMO_AGENT,
    } | changes


async def test_the_same_callback_three_times_at_once_has_one_effect(corp: Corp, product: Product) -> None:
    await product.start()
    await corp.faults(duplicate_callbacks=3)
    await corp.rep_says(HELP)
    await until(lambda: bool(corp.letters()), "the answer arrives")
    await asyncio.wait_for(corp.sim.settle(), 20)
    await product.settled()
    assert [one["status"] for one in corp.passed("text", "callback")] == ["200"] * 3
    assert [product.count(table) for table in ("deliveries", "messages", "outbox")] == [1, 1, 1]
    assert len(corp.letters()) == 1


async def test_five_events_of_one_second_are_five_deliveries(corp: Corp, product: Product) -> None:
    await product.start()
    events = [
        *(event(number) for number in range(3)),
        event(0, Event="enter_agent", EventKey=""),
        event(0, Event="something_new"),
    ]
    await asyncio.gather(*(corp.play("emit", {"door": "app", "fields": one}) for one in events))
    await asyncio.wait_for(corp.sim.settle(), 20)
    await product.settled()
    assert len(corp.postman.acknowledged) == 5
    assert product.count("deliveries") == 5
    assert product.rows("select state, count(*) from jobs group by state") == [("done", 5)]


async def test_the_same_words_twice_in_one_second_are_two_messages(corp: Corp, product: Product) -> None:
    await product.start()
    await asyncio.gather(corp.rep_says(HELP), corp.rep_says(HELP))
    await until(lambda: len(corp.letters()) == 2, "both are answered")
    assert product.count("messages where text = ?", HELP) == 2


async def test_callbacks_are_acknowledged_while_understanding_hangs(corp: Corp, product: Product) -> None:
    await product.start(paused="1")
    for number in range(20):
        await corp.customer_says(f"第{number}句，太贵了")
        await corp.rep_says(f"第{number}条备注")
    await asyncio.wait_for(corp.sim.settle(), 20)
    callbacks = [one for one in corp.sim.trace.after(0) if one["kind"] == "callback"]
    assert {one["status"] for one in callbacks} == {"200"}
    assert sorted(one["ms"] for one in callbacks)[len(callbacks) // 2] < 250
    assert product.count("messages where understood_by is not null") == 0
    product.arm()
    await product.settled()
    assert product.count("messages where understood_by is null and speaker = 'customer'") == 0


async def post(client: httpx.AsyncClient, path: str, sealed: Sealed) -> tuple[httpx.Response, float]:
    started = time.perf_counter()
    response = await client.post(path, params=sealed.query, content=sealed.body)
    return response, time.perf_counter() - started


def refusals(corp: Corp) -> dict[str, Sealed]:
    """Callbacks that no honest WeCom would send us now."""
    keys, now = corp.keys.app, corp.sim.clock()
    foreign = Cipher(token=keys.token, encoding_aes_key=keys.aes_key, receive_id="wwSOMEBODYELSE")
    other_key = Cipher(token=keys.token, encoding_aes_key=corp.keys.kf.aes_key, receive_id=DEMO_CORP)
    good = corp.sealed(event(1))
    return {
        "signature": replace(good, query={**good.query, "msg_signature": "0" * 40}),
        "no signature": replace(good, query={**good.query, "msg_signature": ""}),
        "changed body": replace(good, body=corp.sealed(event(2)).body),
        "receiver": corp.sealed(event(1), cipher=foreign),
        "key": corp.sealed(event(1), cipher=other_key),
        "too old": corp.sealed(event(1), now=now - 330),
        "from the future": corp.sealed(event(1), now=now + 330),
        "bomb outside": replace(good, body=BOMB),
        "bomb inside": corp.sealed(BOMB),
        "no XML": replace(good, body=b"\x00\xff" * 2000),
        "4 MB": replace(good, body=b"<xml><Encrypt>" + b"A" * (4 << 20) + b"</Encrypt></xml>"),
        "4 MB of nesting": replace(good, body=b"<a>" * (4 << 18)),
    }


async def test_what_is_not_wecoms_is_refused_in_milliseconds_and_leaves_nothing(
    corp: Corp, product: Product
) -> None:
    await product.start()
    async with httpx.AsyncClient(base_url=product.url) as client:
        for name, sealed in refusals(corp).items():
            took = []
            for _ in range(3):
                response, seconds = await post(client, "/callbacks/wecom/app", sealed)
                took.append(seconds)
                assert response.status_code == (413 if "4 MB" in name else 403), name
                assert response.content == b"", name
            assert min(took) < REFUSED_WITHIN_SECONDS, name
        accepted, _ = await post(client, "/callbacks/wecom/app", corp.sealed(event(3)))
    assert accepted.status_code == 200
    assert product.count("deliveries") == 1


async def test_a_body_without_an_end_is_answered_while_it_still_comes(corp: Corp, product: Product) -> None:
    await product.start()
    address = httpx.URL(product.url)
    query = httpx.QueryParams(corp.sealed(event(1)).query)
    reader, writer = await asyncio.open_connection(address.host, address.port)
    head = f"POST /callbacks/wecom/app?{query} HTTP/1.1\r\nHost: {address.host}\r\nTransfer-Encoding: chunked\r\n\r\n"
    writer.write(head.encode() + b"10001\r\n" + b"A" * 0x10001 + b"\r\n")
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"content-length: 0" in answer.lower()
    assert product.count("deliveries") == 0


@pytest.mark.parametrize("change", ["signature", "receiver", "age"])
async def test_a_failed_url_check_echoes_nothing(corp: Corp, product: Product, change: str) -> None:
    await product.start()
    keys, now = corp.keys.app, corp.sim.clock()
    receiver = "wwSOMEBODYELSE" if change == "receiver" else DEMO_CORP
    cipher = Cipher(token=keys.token, encoding_aes_key=keys.aes_key, receive_id=receiver)
    sealed = corp.sealed(b"4711471147114711", cipher=cipher, now=now - 900 * (change == "age"))
    query = {**sealed.query, "echostr": sealed.encrypt}
    if change == "signature":
        query["msg_signature"] = "0" * 40
    async with httpx.AsyncClient(base_url=product.url) as client:
        response = await client.get("/callbacks/wecom/app", params=query)
    assert (response.status_code, response.content) == (403, b"")
    assert await corp.sim.sender.verify(corp.sim.doors["app"]) == ""
