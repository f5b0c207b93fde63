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
from bot.store.store import DatabaseAway, Store
from bot.tasks import Checkpoint, Task, pass_by, reasons

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
        self._held: dict[str, int] = {}

    async def __call__(self, lane: str) -> float | None:
        """Do what is due; return seconds until more is due, or None when the lane is empty.

        DatabaseAway: how a job ended could not be noted. The next call takes it again, as one that was cut off.
        """
        while True:
            held = self._held.get(lane)
            due = await self._store.read(lambda tx: jobs.next_due(tx, lane))
            if held is None and (due is None or due > self._clock()):
                return self._pause(due)
            job = await self._take(lane, held)
            if job is None:
                return self._pause(due)
            self._held[lane] = job.id
            self._checkpoint(f"{job.kind}.taken")
            await self._do(job)
            del self._held[lane]
            self._checkpoint(f"{job.kind}.finished")

    async def _take(self, lane: str, held: int | None) -> Job | None:
        return await self._store.write(
            lambda tx: jobs.take(tx, lane, self._clock(), self._lease_seconds, held)
        )

    def _pause(self, due: datetime | None) -> float | None:
        return None if due is None else max((due - self._clock()).total_seconds(), 0.05)

    async def _do(self, job: Job) -> None:
        # A job that died with its process so often will do it again; it never reaches the task.
        if job.attempts > PATIENCE[job.kind].attempts:
            await self._park(job, reasons.cut_off_too_often(job.kind), "CutOff")
            return
        try:
            async with asyncio.timeout(self._lease_seconds * 0.9):
                await self._tasks[job.kind](job)
        except DatabaseAway:
            raise
        except (TryLater, MaybeDone, TimeoutError) as error:
            await self._try_again(job, error)
        except WenzhenError as error:
            log.warning("job.refused kind=%s job=%d error=%s", job.kind, job.id, error)
            await self._park(job, reasons.at_once(error), type(error).__name__)
        except Exception as error:  # noqa: BLE001 (one bad job must not stop its lane)
            # Only where it happened: the message of a foreign error may quote the customer.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            log.error(  # noqa: TRY400
                "job.failed kind=%s job=%d error=%s at=%s:%s",
                job.kind,
                job.id,
                type(error).__name__,
                frame.name,
                frame.lineno,
            )
            await self._try_again(job, error)

    async def _try_again(self, job: Job, error: Exception) -> None:
        patience, cause = PATIENCE[job.kind], type(error).__name__
        if job.attempts >= patience.attempts:
            await self._park(job, reasons.after_tries(job.kind, job.attempts, error), cause)
            return
        pause = max(patience.pause(job.attempts), getattr(error, "after_seconds", 0.0))
        until = self._clock() + timedelta(seconds=pause)
        log.info("job.put_off kind=%s job=%d attempt=%d reason=%s", job.kind, job.id, job.attempts, cause)
        cut_off, reason = isinstance(error, TimeoutError), reasons.what_happened(job.kind, error)
        await self._store.write(lambda tx: jobs.put_off(tx, job.id, until, reason, cut_off=cut_off))

    async def _park(self, job: Job, reason: str, cause: str) -> None:
        log.warning("job.parked kind=%s job=%d attempts=%d error=%s", job.kind, job.id, job.attempts, cause)
        await self._store.write(lambda tx: park(tx, job, self._clock(), reason))
