"""A message that takes the process with it is given up; everybody else is served."""

from __future__ import annotations

import signal

import pytest

from tests.journeys.corp import OPEN_KF, ZHAO, Corp
from tests.journeys.product import Product, until

DEADLY = "要命的"
ATTEMPTS = 4
PARKED = (
    "select m.text, j.attempts from jobs j join messages m on m.id = j.subject_id"
    " where j.kind = 'understand' and j.state = 'parked'"
)


@pytest.mark.slow
async def test_a_message_that_kills_the_process_is_parked_and_the_later_ones_go_on(
    corp: Corp, product: Product
) -> None:
    await product.start(deadly=DEADLY)
    await corp.faults(lose_callbacks=True)
    for text in ("你好", f"{DEADLY}一句", "太贵了"):
        await corp.customer_says(text)
    await corp.faults(lose_callbacks=False)
    await corp.customer_says("别家便宜")
    for _ in range(ATTEMPTS):
        assert await product.ended() == -signal.SIGKILL
        await product.start(deadly=DEADLY)
    await product.settled()
    assert product.process is not None
    assert product.process.is_alive()
    assert product.rows(PARKED) == [(f"{DEADLY}一句", ATTEMPTS + 1)]
    assert product.rows("select text from messages where understood_by is not null order by sort_key") == [
        ("你好",),
        ("太贵了",),
        ("别家便宜",),
    ]


@pytest.mark.slow
async def test_a_bystander_of_a_deadly_message_is_not_given_up_with_it(corp: Corp, product: Product) -> None:
    """Two customers have written, and both messages are in work whenever the process dies of the one."""
    await product.start(deadly=DEADLY, paused="1")
    await corp.customer_says(f"{DEADLY}一句")
    await corp.customer_says("太贵了", kf=OPEN_KF, who=ZHAO)
    both = "jobs where kind = 'understand' and state = 'doing'"
    await until(lambda: product.count(both) == 2, "both are in work")
    product.arm()
    for _ in range(ATTEMPTS):
        assert await product.ended() == -signal.SIGKILL
        await product.start(deadly=DEADLY)
    await product.settled()
    assert product.rows(PARKED) == [(f"{DEADLY}一句", ATTEMPTS + 1)]
    assert product.rows("select text from messages where understood_by is not null") == [("太贵了",)]
