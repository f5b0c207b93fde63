"""What 微信客服 announces by one signal: all of it, in order, also over a restart between two pages."""

from __future__ import annotations

import asyncio
import signal

import pytest

from tests.journeys.corp import TAKEN_KF, WANG, Corp
from tests.journeys.product import Product

TEXTS = [f"第{number}句，太贵" for number in range(12)]
ORDER = (
    "select m.text from jobs j join messages m on m.id = j.subject_id"
    " where j.kind = 'understand' and m.speaker = 'customer' order by j.finished_at, j.id"
)


async def understood(product: Product) -> list[str]:
    await product.settled()
    return [text for (text,) in product.rows(ORDER)]


async def test_twelve_messages_behind_one_signal_are_understood_in_order(
    corp: Corp, product: Product
) -> None:
    await product.start()
    await corp.faults(lose_callbacks=True)
    for text in TEXTS[:-1]:
        await corp.customer_says(text)
    await corp.faults(lose_callbacks=False)
    await corp.customer_says(TEXTS[-1])
    await asyncio.wait_for(corp.sim.settle(), 20)
    assert await understood(product) == TEXTS
    assert [one["status"] for one in corp.passed("kf_msg_or_event", "callback")].count("200") == 1


@pytest.mark.slow
async def test_killed_between_two_pages_it_goes_on_with_the_second(corp: Corp, product: Product) -> None:
    """WeCom's pages hold a thousand entries: the log is filled up with events that nobody needs."""
    await corp.faults(lose_callbacks=True, empty_pages=False)
    for text in TEXTS[:7]:
        await corp.customer_says(text)
    enter = f"kf/{TAKEN_KF}/{WANG}/enter"
    for _ in range(100):
        await asyncio.gather(*(corp.play(enter, {}) for _ in range(10)))
    for text in TEXTS[7:-1]:
        await corp.customer_says(text)
    await corp.faults(lose_callbacks=False)
    await product.start(crash_at="read.page_stored:1")
    await corp.customer_says(TEXTS[-1])
    assert await product.ended() == -signal.SIGKILL
    assert product.count("messages") == 7
    await product.start()
    assert await understood(product) == TEXTS
    assert product.count("messages") == 12
    pulls = [one["status"] for one in corp.passed("kf/sync_msg")]
    assert pulls[:2] == ["0", "0"]
    assert product.rows("select count(*) from jobs where state = 'parked'") == [(0,)]


async def test_the_tail_of_a_backlog_is_read_when_its_own_signals_were_lost(
    corp: Corp, product: Product
) -> None:
    """An outage longer than three tries loses signals, not messages: the next start looks for itself."""
    await product.start()
    await corp.customer_says(TEXTS[0])
    await asyncio.wait_for(corp.sim.settle(), 20)
    await product.settled()
    await product.stop()
    await corp.faults(lose_callbacks=True)
    for text in TEXTS[1:]:
        await corp.customer_says(text)
    await product.start()
    await product.settled()
    assert await understood(product) == TEXTS
