"""The store: durable when it returns, one unit's failure leaves its neighbours alone, the schema is the migrations'."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bot.errors import TryLater
from bot.store import conversations, deliveries, jobs
from bot.store.engine import open_engine
from bot.store.migrations import upgrade
from bot.store.store import Committed, Store, Transaction
from bot.store.tables import metadata
from bot.store.tokens import TokenShelf
from tests.fakes import START


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "deep" / "wenzhen.db"
    upgrade(path)
    return path


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    store = Store(path)
    yield store
    await store.close()


def put(name: str):
    return lambda tx: tx.execute(
        text("insert into cursors values (:name, 'c', '2026-01-01 00:00:00.000000')").bindparams(name=name)
    )


def count(tx: Transaction) -> int:
    return tx.execute(text("select count(*) from cursors")).scalar_one()


def test_the_migrations_make_exactly_the_tables(path: Path) -> None:
    engine = open_engine(path, writer=True)
    with engine.begin() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    assert differences == []


def test_a_commit_waits_for_the_disk(path: Path) -> None:
    engine = open_engine(path, writer=True)
    with engine.begin() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    engine.dispose()
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


async def test_what_was_written_is_there_for_others(store: Store, path: Path) -> None:
    await store.write(put("a"))
    other = open_engine(path, writer=False)
    with other.begin() as connection:
        assert connection.execute(text("select lane from cursors")).scalars().all() == ["a"]
    other.dispose()


async def test_one_failing_unit_leaves_its_neighbours_alone(store: Store) -> None:
    def fail(tx: Transaction) -> None:
        put("half")(tx)
        raise KeyError("mine")

    outcomes = await asyncio.gather(
        store.write(put("a")), store.write(fail), store.write(put("b")), return_exceptions=True
    )
    assert isinstance(outcomes[1], KeyError)
    assert await store.read(count) == 2


async def test_a_broken_rule_of_the_database_is_raised_to_its_own_caller(store: Store) -> None:
    outcomes = await asyncio.gather(
        store.write(put("a")), store.write(put("a")), store.write(put("b")), return_exceptions=True
    )
    assert [type(outcome).__name__ for outcome in outcomes][1] == "IntegrityError"
    assert await store.read(count) == 2


async def test_an_error_of_the_database_does_not_carry_what_was_written(store: Store) -> None:
    await store.write(put("太贵了"))
    with pytest.raises(IntegrityError) as caught:
        await store.write(put("太贵了"))
    assert "太贵了" not in str(caught.value)


async def test_many_writers_share_commits_and_lose_nothing(store: Store) -> None:
    await asyncio.gather(*(store.write(put(f"n{number}")) for number in range(300)))
    assert await store.read(count) == 300


async def test_listeners_hear_of_committed_work_only(store: Store) -> None:
    heard: list[Committed] = []
    store.on_commit(heard.append)

    def announce(tx: Transaction, lane: str, *, fail: bool) -> None:
        tx.lanes.append(lane)
        if fail:
            raise KeyError(lane)

    await store.write(lambda tx: announce(tx, "kept", fail=False))
    with pytest.raises(KeyError):
        await store.write(lambda tx: announce(tx, "undone", fail=True))
    await store.write(lambda tx: None)
    assert [one.lanes for one in heard] == [("kept",)]


async def test_a_listener_that_fails_keeps_nobody_else_waiting(store: Store) -> None:
    def fail(committed: Committed) -> None:
        raise KeyError(committed.lanes[0])

    store.on_commit(fail)
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    loud = asyncio.create_task(store.write(lambda tx: tx.lanes.append("loud")))
    assert await asyncio.wait_for(store.write(lambda _tx: 7), 5) == 7
    assert await asyncio.wait_for(store.write(lambda _tx: 8), 5) == 8
    loud.cancel()


async def test_a_full_disk_is_try_later_and_writing_works_again_afterwards(store: Store) -> None:
    await store.write(put("before"))

    def limit(pages: int):
        return lambda tx: tx.execute(text(f"pragma max_page_count={pages}"))

    used = await store.read(lambda tx: tx.execute(text("pragma page_count")).scalar_one())
    await store.write(limit(used))
    refused = 0
    for number in range(400):
        try:
            await store.write(put(f"{number}" + "x" * 150))
        except TryLater:
            refused += 1
    assert refused > 0
    kept = await store.read(count)
    await store.write(limit(1_000_000))
    await store.write(put("after"))
    assert await store.read(count) == kept + 1


async def test_tokens_are_sealed_and_another_key_does_not_open_them(store: Store, path: Path) -> None:
    key, other = (b"A" * 43 + b"=", b"B" * 42 + b"A=")
    await TokenShelf(store, key).put("ww:app", "very-secret-token", START)
    assert await TokenShelf(store, key).get("ww:app") == ("very-secret-token", START)
    assert await TokenShelf(store, other).get("ww:app") is None
    assert await TokenShelf(store, key).get("ww:kf") is None
    stored = await store.read(lambda tx: tx.execute(text("select sealed from tokens")).scalar_one())
    assert "very-secret-token" not in stored
    assert path.exists()


def test_what_is_asked_often_is_led_by_an_index_to_the_newest_row(path: Path) -> None:
    """A table that grows with the years is never read from one end to the other."""
    engine = open_engine(path, writer=True)
    asked = {
        conversations._LATEST.where(*conversations._MINE): (
            "ix_conversations_rep_id",
            "ix_messages_conversation_id",
        ),
        deliveries._LAST_KNOWN: ("ix_deliveries_lane", "ix_jobs_unfinished"),
    }
    with engine.begin() as connection:
        for statement, indexes in asked.items():
            sql = str(statement.compile(dialect=connection.dialect))
            plan = connection.exec_driver_sql(f"explain query plan {sql}", (None,) * sql.count("?"))
            steps = [row.detail for row in plan]
            assert all(any(index in step for step in steps) for index in indexes), steps
            # Lanes with a cursor and unfinished jobs are few.
            walks = [step for step in steps if step.startswith("SCAN")]
            assert all(step.startswith(("SCAN cursors", "SCAN jobs")) for step in walks), steps
    engine.dispose()


async def test_asking_whether_the_store_can_be_read_costs_the_same_after_years(store: Store) -> None:
    def enqueue(tx: Transaction) -> None:
        for number in range(2000):
            jobs.enqueue(tx, lane="a", kind="read", subject_id=number, position=f"{number:020d}", now=START)

    await store.write(enqueue)
    steps: list[int] = []
    await store.read(lambda tx: watch_steps(tx, steps))
    await store.check()
    assert len(steps) < 10


def watch_steps(tx: Transaction, steps: list[int]) -> None:
    """Note every hundredth step of the database's machine from here on."""
    driver = tx.connection.connection.driver_connection
    assert driver is not None
    driver.set_progress_handler(lambda: steps.append(1), 100)


def test_ending_and_finding_what_waits_in_a_lane_never_walks_through_finished_jobs(path: Path) -> None:
    engine = open_engine(path, writer=True)
    with engine.begin() as connection:
        for statement in (*jobs._FINISH_THROUGH, deliveries._NEWEST):
            sql = str(statement.compile(dialect=connection.dialect))
            plan = connection.exec_driver_sql(f"explain query plan {sql}", (None,) * sql.count("?"))
            steps = [row.detail for row in plan if " jobs " in row.detail]
            assert all("ix_jobs_unfinished" in step or "ix_jobs_parked" in step for step in steps), steps
            assert steps
    engine.dispose()
