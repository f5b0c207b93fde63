"""WeCom slow, failing or unreachable: callbacks are acknowledged as ever, and messages go out afterwards, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.journeys import audit
from tests.journeys.corp import OPEN_KF, OTHER_REP, REP, ZHAO, Corp
from tests.journeys.product import Product, until
from tests.journeys.test_crashes import put_reply

ACKNOWLEDGED_WITHIN_MS = 1000
"""WeCom gives us five seconds; tens of milliseconds are usual, but test machines are busy."""
NOTES = (("帮助", REP), ("他们嫌贵", REP), ("帮助", OTHER_REP), ("记一下", OTHER_REP))
"""Each is answered by other words, so that WeCom's duplicate check guards every answer."""


async def warm_up(corp: Corp, product: Product) -> None:
    """Start, and fetch the access token."""
    await product.start()
    await corp.rep_says("你好", rep=REP)
    await until(lambda: len(corp.letters()) == 1, "the first answer arrives")
    await product.settled()


async def say_notes(corp: Corp) -> None:
    for text, rep in NOTES[1:]:
        await corp.rep_says(text, rep=rep)


def check_acknowledged(corp: Corp) -> None:
    callbacks = corp.passed("text", "callback")
    assert {one["status"] for one in callbacks} == {"200"}
    assert max(one["ms"] for one in callbacks) < ACKNOWLEDGED_WITHIN_MS


async def check_sent_once(corp: Corp, product: Product) -> None:
    letters = len(NOTES)
    await until(lambda: product.count("outbox where state = 'sent'") == letters, "all is sent")
    await product.settled()
    assert [len(corp.letters(rep)) for rep in (REP, OTHER_REP)] == [2, 2]
    assert product.count("jobs where state = 'parked'") == 0
    await product.stop()
    audit.check_sent(corp, await audit.posted(product))


@pytest.mark.parametrize("failure", [pytest.param("http500", marks=pytest.mark.slow), "busy", "drop"])
async def test_an_api_that_fails_for_a_while_delays_messages_and_nothing_else(
    corp: Corp, product: Product, failure: str
) -> None:
    await warm_up(corp, product)
    await corp.faults(fail_calls=failure)
    await say_notes(corp)
    await until(lambda: product.count("outbox") == len(NOTES), "the answers are written")
    await until(lambda: len(corp.passed("message/send")) > 2, "sending was tried")
    await corp.faults(fail_calls="off")
    check_acknowledged(corp)
    await check_sent_once(corp, product)


@pytest.mark.slow
async def test_an_api_slower_than_our_patience_delays_messages_and_nothing_else(
    corp: Corp, product: Product
) -> None:
    """The answer comes after we have hung up, the effect before."""
    await warm_up(corp, product)
    await corp.faults(delay_seconds=7)
    await say_notes(corp)
    await until(lambda: product.count("outbox where repeats > 0") >= 2, "nobody answered in time")
    await corp.faults(delay_seconds=0)
    check_acknowledged(corp)
    await check_sent_once(corp, product)


class Line:
    """A line to WeCom that can break: what was asked then never arrives, and nobody can know."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: set[asyncio.StreamWriter] = set()
        self.is_broken = False
        self.lost = 0

    def break_off(self) -> None:
        self.is_broken = True
        for writer in self._open:
            writer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_broken:
            await reader.read(1 << 16)
            self.lost += 1
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._open |= {writer, far_writer}
        await asyncio.gather(_carry(reader, far_writer), _carry(far_reader, writer))
        self._open -= {writer, far_writer}


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


@asynccontextmanager
async def breakable_line(corp: Corp) -> AsyncIterator[tuple[Line, str]]:
    line = Line(httpx.URL(corp.url).port or 0)
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]] = line.serve
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield line, f"http://127.0.0.1:{port}"
    finally:
        line.break_off()
        server.close()
        await server.wait_closed()


@pytest.mark.slow
async def test_a_line_that_is_dead_for_thirty_seconds_delays_messages_and_nothing_else(
    corp: Corp, product: Product
) -> None:
    """Every attempt ends without an answer, and none of them had an effect."""
    async with breakable_line(corp) as (line, url):
        product.environ["WENZHEN_WECOM__API_URL"] = url
        await warm_up(corp, product)
        line.break_off()
        await say_notes(corp)
        await asyncio.sleep(30)
        assert line.lost >= 2 * (len(NOTES) - 1)
        line.is_broken = False
        check_acknowledged(corp)
        await check_sent_once(corp, product)


async def test_a_token_revoked_in_mid_flight_is_fetched_once_and_both_calls_succeed(
    corp: Corp, product: Product
) -> None:
    await warm_up(corp, product)
    fetched = len(corp.passed("gettoken"))
    await corp.faults(revoke_token=True, delay_seconds=0.3)
    await asyncio.gather(corp.rep_says("帮助"), corp.rep_says("帮助", rep=OTHER_REP))
    await until(lambda: [len(corp.letters(rep)) for rep in (REP, OTHER_REP)] == [2, 1], "both are answered")
    await product.settled()
    assert len(corp.passed("gettoken")) == fetched + 1
    refused = [one for one in corp.passed("message/send") if one["status"] == "40014"]
    assert len(refused) == 2


async def test_a_chat_that_a_person_has_gets_nothing_from_the_bot(corp: Corp, product: Product) -> None:
    """The bot talks to the rep; where a servicer has the customer, WeCom is not even asked."""
    await product.start()
    await corp.customer_says("你们比别家贵")
    await until(lambda: len(corp.letters()) == 1, "the rep is told")
    await corp.rep_says("他嫌贵")
    await until(lambda: len(corp.letters()) == 2, "the note is answered")
    await product.settled()
    assert product.count("suggestions") == 1
    assert corp.passed("kf/send_msg") == []


async def test_a_reply_that_a_person_forestalled_is_given_up_at_once(corp: Corp, product: Product) -> None:
    """It was written while nobody had the chat; when it is to go out a servicer has."""
    await product.start()
    await corp.customer_says("在吗", kf=OPEN_KF, who=ZHAO)
    await asyncio.wait_for(corp.sim.settle(), 20)
    await product.settled()
    await product.stop()
    await product.write(lambda tx: put_reply(tx, "我来回答"))
    await corp.play(f"kf/{OPEN_KF}/{ZHAO}/session", {"action": "take", "userid": REP})
    await product.start()
    await product.settled()
    assert corp.replies() == []
    assert [one["status"] for one in corp.passed("kf/send_msg")] == ["95018"]
    [(reason,)] = product.rows("select reason from jobs where state = 'parked'")
    assert "接待人员" in reason
