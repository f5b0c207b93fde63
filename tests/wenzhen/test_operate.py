"""The operator's commands read and write the file of a product that may be running."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.store import jobs
from bot.store.engine import open_engine
from bot.store.migrations import upgrade
from bot.store.store import Store, Transaction
from tests.fakes import START
from wenzhen.operate import parked_lines

NUMBER = 25


def park_some(tx: Transaction) -> None:
    for number in range(NUMBER):
        jobs.enqueue(tx, lane=f"send:{number}", kind="send", subject_id=number, position="0", now=START)
        job = jobs.take(tx, f"send:{number}", START, 60)
        assert job is not None
        jobs.park(tx, job.id, START, "太久没有应答")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "wenzhen.db"
    upgrade(path)

    async def fill() -> None:
        store = Store(path)
        await store.write(park_some)
        await store.close()

    asyncio.run(fill())
    return path


def test_everything_that_is_parked_is_listed(path: Path) -> None:
    assert len({line.split("\t")[0] for line in parked_lines(path)}) == NUMBER


def test_listing_waits_for_no_writer(path: Path) -> None:
    writer = open_engine(path, writer=True)
    with writer.begin():
        assert len(parked_lines(path)) == NUMBER
    writer.dispose()
