"""Works off one lane: takes its jobs in order, and decides after a failure when to try again or to park."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import MaybeDone, TryLater, WenzhenError
from bot.store import jobs
from bot.store.jobs import Job
from bot.store.parking import park
from bot.store.store import Store
from bot.tasks import Checkpoint, Task, pass_by

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How often a kind of job is tried, and the longest pause between two tries.

    Pauses grow five-fold from one second. Understanding is given up within a minute, so that a
    poison message cannot hold up a customer; reading and sending wait out an outage of hours.
    """

    attempts: int
    longest_pause_seconds: float

    def pause(self, attempt: int) -> float:
        """Return the pause in seconds after this attempt (1 is the first)."""
        return min(5.0 ** min(attempt - 1, 5), self.longest_pause_seconds)


PATIENCE = {
    "read": Patience(attempts=500, longest_pause_seconds=60),
    "understand": Patience(attempts=4, longest_pause_seconds=25),
    "send": Patience(attempts=100, longest_pause_seconds=30),
    "profile": Patience(attempts=6, longest_pause_seconds=60),
}


class Drain:
    """Callable as `bot.interfaces.Drain`: `await drain(lane)`."""

    def __init__(
        self,
        store: Store,
        tasks: Mapping[str, Task],
        clock: Callable[[], datetime],
        *,
        lease_seconds: float = 60,
        checkpoint: Checkpoint = pass_by,
    ) -> None:
        self._store = store
        self._tasks = tasks
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._checkpoint = checkpoint

    async def __call__(self, lane: str) -> float | None:
        """Do what is due; return seconds until more is due, or None when the lane is empty."""
        while True:
            job = await self._store.write(lambda tx: jobs.take(tx, lane, self._clock(), self._lease_seconds))
            if job is None:
                return await self._pause(lane)
            self._checkpoint(f"{job.kind}.taken")
            await self._do(job)
            self._checkpoint(f"{job.kind}.finished")

    async def _pause(self, lane: str) -> float | None:
        due = await self._store.read(lambda tx: jobs.next_due(tx, lane))
        return None if due is None else max((due - self._clock()).total_seconds(), 0.05)

    async def _do(self, job: Job) -> None:
        # A job that died with its process so often will do it again; it never reaches the task.
        if job.attempts > PATIENCE[job.kind].attempts:
            await self._park(job, "试了多次都没有成功")
            return
        try:
            async with asyncio.timeout(self._lease_seconds * 0.9):
                await self._tasks[job.kind](job)
        except (TryLater, MaybeDone, TimeoutError) as error:
            await self._try_again(job, type(error).__name__, getattr(error, "after_seconds", 0.0))
        except WenzhenError as error:
            log.warning("job.refused kind=%s job=%d error=%s", job.kind, job.id, error)
            await self._park(job, str(error))
        except Exception as error:  # noqa: BLE001 (one bad job must not stop its lane)
            # Only where it happened: the message of a foreign error may quote the customer.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            name = type(error).__name__
            log.error(  # noqa: TRY400
                "job.failed kind=%s job=%d error=%s at=%s:%s",
                job.kind,
                job.id,
                name,
                frame.name,
                frame.lineno,
            )
            await self._try_again(job, name, 0.0)

    async def _try_again(self, job: Job, reason: str, after_seconds: float) -> None:
        patience = PATIENCE[job.kind]
        if job.attempts >= patience.attempts:
            await self._park(job, f"试了 {job.attempts} 次都没有成功（{reason}）")
            return
        until = self._clock() + timedelta(seconds=max(patience.pause(job.attempts), after_seconds))
        log.info("job.put_off kind=%s job=%d attempt=%d reason=%s", job.kind, job.id, job.attempts, reason)
        await self._store.write(lambda tx: jobs.put_off(tx, job.id, until, reason))

    async def _park(self, job: Job, reason: str) -> None:
        log.warning("job.parked kind=%s job=%d attempts=%d", job.kind, job.id, job.attempts)
        await self._store.write(lambda tx: park(tx, job, self._clock(), reason))
