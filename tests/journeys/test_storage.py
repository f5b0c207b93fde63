"""The disk is full, or somebody else has the database."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
import time

import httpx
import pytest

from tests.journeys import audit
from tests.journeys.corp import Corp
from tests.journeys.product import Product, until
from tests.journeys.test_door import event

WECOM_WAITS_SECONDS = 5.0


def limit_files(product: Product, size: int) -> None:
    """Let no file of the process grow beyond this size: to it the disk is full. -1 lifts it."""
    assert product.process is not None
    assert product.process.pid is not None
    hard = resource.prlimit(product.process.pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(product.process.pid, resource.RLIMIT_FSIZE, (size if size >= 0 else hard, hard))


@pytest.mark.slow
async def test_a_full_disk_means_503_and_afterwards_everything_is_there(corp: Corp, product: Product) -> None:
    await product.start()
    await corp.rep_says("你好")
    await until(lambda: len(corp.letters()) == 1, "it works")
    await product.settled()
    log = product.database.with_name(product.database.name + "-wal")
    assert log.stat().st_size > product.log.stat().st_size
    limit_files(product, log.stat().st_size)

    started = time.monotonic()
    async with httpx.AsyncClient(base_url=product.url, timeout=30) as client:
        sealed = corp.sealed(event(1))
        saying = asyncio.create_task(corp.rep_says("帮助"))
        refused = await client.post("/callbacks/wecom/app", params=sealed.query, content=sealed.body)
        assert (refused.status_code, refused.content) == (503, b"")
        assert time.monotonic() - started < WECOM_WAITS_SECONDS
        assert (await client.get("/healthz")).status_code == 200
    assert product.count("deliveries") == 1

    limit_files(product, -1)
    await saying
    await asyncio.wait_for(corp.sim.settle(), 30)
    await until(lambda: len(corp.letters()) == 2, "WeCom's second try is stored and answered")
    await product.settled()
    assert audit.lost(corp, product) == set()
    assert product.count("jobs where state = 'parked'") == 0
    assert product.rows("pragma integrity_check") == [("ok",)]


@pytest.mark.slow
async def test_a_disk_that_fills_up_in_the_middle_of_work_loses_and_doubles_nothing(
    corp: Corp, product: Product
) -> None:
    await product.start(WENZHEN_SUGGEST__COOLDOWN_SECONDS="0")
    texts = [f"第{number}句，太贵" for number in range(12)]
    for text in texts:
        await corp.customer_says(text)
    await until(lambda: product.count("messages") > 2, "work is under way")
    log = product.database.with_name(product.database.name + "-wal")
    limit_files(product, log.stat().st_size)
    await asyncio.sleep(1.5)
    limit_files(product, -1)
    await asyncio.wait_for(corp.sim.settle(), 30)
    await until(lambda: product.count("objections") == len(texts), "all is understood")
    await product.settled()
    assert product.rows("select count(*), count(distinct message_id) from suggestions") == [(12, 12)]
    assert product.count("jobs where state = 'parked'") == 0
    await product.stop()
    audit.check_sent(corp, await audit.posted(product))


async def test_a_second_process_on_the_same_database_refuses_and_harms_nobody(
    corp: Corp, product: Product
) -> None:
    await product.start()
    first = product.process
    second = product.launch()
    await until(lambda: not second.is_alive(), "the second one ends")
    assert second.exitcode == 2
    message = product.log.read_text("utf-8").splitlines()[-1]
    assert "another wenzhen already works on" in message
    assert str(product.database) in message
    assert first is not None
    assert first.is_alive()
    await corp.rep_says("帮助")
    await until(lambda: len(corp.letters()) == 1, "the first one works on")


@pytest.mark.slow
async def test_the_real_command_refuses_too(product: Product) -> None:
    """`wenzhen serve` itself, with the real engines."""
    await product.start()
    command = [sys.executable, "-m", "wenzhen", "serve"]
    ended = await asyncio.to_thread(
        subprocess.run, command, env=product.environ, capture_output=True, timeout=60, check=False
    )
    assert ended.returncode == 2
    assert "another wenzhen already works on" in ended.stderr.decode().splitlines()[-1]
