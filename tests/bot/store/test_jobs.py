"""When a lane's next job can be taken, as the rows say."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.store import jobs
from bot.store.migrations import upgrade
from bot.store.store import Store, Transaction
from tests.fakes import START

LANE = "conversation:1"


async def test_after_a_restart_a_job_that_timed_out_is_due_when_it_can_be_taken(tmp_path: Path) -> None:
    """Otherwise its lane would look again and again, and find each time that it may not begin."""
    upgrade(tmp_path / "db")
    store, until = Store(tmp_path / "db"), START + timedelta(seconds=25)

    def timed_out(tx: Transaction) -> None:
        jobs.enqueue(tx, lane=LANE, kind="understand", subject_id=1, position="1", now=START)
        job = jobs.take(tx, LANE, START, 60)
        assert job is not None
        jobs.put_off(tx, job.id, until, "timed out", cut_off=True)

    await store.write(timed_out)
    await store.write(lambda tx: jobs.release_leases(tx, START))
    assert await store.read(lambda tx: jobs.next_due(tx, LANE)) == until
    assert await store.write(lambda tx: jobs.take(tx, LANE, START, 60)) is None
    assert await store.write(lambda tx: jobs.take(tx, LANE, until, 60)) is not None
    await store.close()


async def test_after_a_restart_a_job_that_was_running_is_due_at_once(tmp_path: Path) -> None:
    upgrade(tmp_path / "db")
    store = Store(tmp_path / "db")

    def running(tx: Transaction) -> None:
        jobs.enqueue(tx, lane=LANE, kind="understand", subject_id=1, position="1", now=START)
        jobs.take(tx, LANE, START, 60)

    await store.write(running)
    later = START + timedelta(seconds=5)
    await store.write(lambda tx: jobs.release_leases(tx, later))
    assert await store.read(lambda tx: jobs.next_due(tx, LANE)) == later
    await store.close()
