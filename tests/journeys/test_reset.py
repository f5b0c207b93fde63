"""The demo's 清空: the chats are gone, and what is said afterwards reaches the rep as before."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.journeys.corp import REP, WANG, Corp
from tests.journeys.product import Product, until

HELPS = "可以这样回"


async def panel(product: Product) -> str:
    """What the rep sees of this customer."""
    async with httpx.AsyncClient(base_url=product.url, follow_redirects=True) as rep:
        await rep.get("/demo/login", params={"as": REP})
        return (await rep.get("/sidebar", params={"customer": WANG})).text


async def say(corp: Corp, product: Product, text: str) -> str:
    key = await corp.customer_says(text)
    await asyncio.wait_for(corp.sim.settle(), 20)
    await until(lambda: product.count("messages where key = ?", key) == 1, "the message arrives")
    await product.settled()
    return await panel(product)


async def clear(corp: Corp) -> None:
    await corp.play("reset", {})
    assert not corp.sim.state.kf_log
    assert not corp.sim.state.kf_chats


@pytest.mark.parametrize(
    "again", ["你们比别家贵", "停线太久，别家便宜"], ids=["the same words", "other words"]
)
async def test_a_message_after_the_chats_were_cleared_arrives_and_shows_a_suggestion(
    corp: Corp, product: Product, again: str
) -> None:
    await product.start()
    assert HELPS in await say(corp, product, "你们比别家贵")
    await clear(corp)
    page = await say(corp, product, again)
    assert HELPS in page
    assert product.rows("select text from messages order by id desc limit 1") == [(again,)]


async def test_what_the_rep_had_answered_before_the_clearing_does_not_keep_a_suggestion_away(
    corp: Corp, product: Product
) -> None:
    await product.start()
    assert HELPS in await say(corp, product, "你们比别家贵")
    await corp.play(
        f"kf/{corp.sim.world.description.kf_accounts[0].open_kfid}/{WANG}/servicer",
        {"kind": "text", "text": "我给您算算", "userid": REP},
    )
    await until(lambda: product.count("messages") == 2, "the reply arrives")
    await product.settled()
    assert HELPS not in await panel(product)
    await clear(corp)
    assert HELPS in await say(corp, product, "你们比别家贵")


@pytest.mark.slow
async def test_a_message_cleared_before_it_was_read_does_not_block_the_next(
    corp: Corp, product: Product
) -> None:
    """Its signal is still on the way; its token has gone with the chats."""
    await product.start()
    await say(corp, product, "在吗")
    await product.stop()
    await corp.customer_says("没人读到")
    await clear(corp)
    await product.start()
    await asyncio.wait_for(corp.sim.settle(), 20)
    assert HELPS in await say(corp, product, "你们比别家贵")
