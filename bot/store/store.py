"""Runs units of work on the event loop, in groups that share a commit; only the disk is waited for in a thread."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Executable, RootTransaction, text
from sqlalchemy.exc import DBAPIError, OperationalError

from bot.errors import TryLater
from bot.store.engine import open_engine

T = TypeVar("T")

log = logging.getLogger(__name__)

# More in one group would only lengthen the wait of the first; the disk is already shared well.
GROUP_LIMIT = 64
LOCK_PATIENCE_SECONDS = 5.0
LOCK_PAUSE_SECONDS = 0.01


class DatabaseAway(TryLater):
    """Nothing could be read or written: whoever gets this can note nothing either."""


@dataclass
class Transaction:
    """One open transaction. Functions of this package take it, run SQL in it and never commit.

    `lanes` have new work and `conversations` look different once it has committed.
    """

    connection: Connection
    lanes: list[str] = field(default_factory=list)
    conversations: list[int] = field(default_factory=list)

    def execute(self, statement: Executable, values: Mapping[str, Any] | None = None) -> CursorResult[Any]:
        """Run one statement. Where speed counts it is built once, and `values` fill it."""
        result: CursorResult[Any] = self.connection.execute(statement, values)
        return result


@dataclass(frozen=True)
class Committed:
    """What a committed transaction left to do for others."""

    lanes: tuple[str, ...]
    conversations: tuple[int, ...]


@dataclass
class _Unit:
    work: Callable[[Transaction], Any]
    future: asyncio.Future[Any]
    outcome: Any = None
    error: BaseException | None = None
    committed: Committed = Committed((), ())

    def settle(self) -> None:
        if self.future.cancelled():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.outcome)


class Store:
    """The one way to the database. `write` returns after the commit is on the disk.

    Units run on the event loop: a unit takes less than a millisecond, and handing it to a thread
    would cost a wait for the interpreter lock at every statement (docs/decisions/0004).
    """

    def __init__(self, path: Path) -> None:
        self._writer = open_engine(path, writer=True, patience_ms=0)
        self._reader = open_engine(path, writer=False)
        self._reading: Connection | None = None
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="store-disk")
        self._waiting: list[_Unit] = []
        self._flushing: asyncio.Task[None] | None = None
        self._listeners: list[Callable[[Committed], None]] = []

    def on_commit(self, listener: Callable[[Committed], None]) -> None:
        """Have `listener` called after each commit that left something to do."""
        self._listeners.append(listener)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one transaction and commit it, together with others that came meanwhile.

        An error of `work` undoes it alone and is raised here. DatabaseAway: the database refused.
        """
        unit = _Unit(work, asyncio.get_running_loop().create_future())
        self._waiting.append(unit)
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())
        outcome: T = await unit.future
        return outcome

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` on a snapshot; a reader never waits for a writer."""
        try:
            if self._reading is None:
                self._reading = self._reader.connect()
            with self._reading.begin():
                return work(Transaction(self._reading))
        except OperationalError as error:
            raise DatabaseAway("the database could not be read") from error

    async def check(self) -> None:
        """Read as little as there is, to see whether reading works at all. DatabaseAway: it does not."""
        await self.read(lambda tx: tx.execute(text("select 1 from sqlite_schema limit 1")))

    async def _flush(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:GROUP_LIMIT], self._waiting[GROUP_LIMIT:]
            try:
                await self._commit(group)
            except DBAPIError as error:
                log.warning("store.commit_failed units=%d error=%s", len(group), type(error.orig).__name__)
                for unit in group:
                    unit.error = unit.error or DatabaseAway("the database could not be written")
            for unit in group:
                # Each on its own: a listener that fails must not keep its neighbours' callers waiting.
                asyncio.get_running_loop().call_soon(self._settle, unit)

    async def _commit(self, group: list[_Unit]) -> None:
        with self._writer.connect() as connection:
            whole = await _locked(connection)
            for unit in group:
                _attempt(unit, connection, shared=len(group) > 1)
            if len(group) == 1 and group[0].error is not None:
                return
            committing = self._disk.submit(whole.commit)
            try:
                await asyncio.wrap_future(committing)
            finally:
                # When the loop ends under us, the connection is still in the thread's hands.
                wait([committing])

    def _settle(self, unit: _Unit) -> None:
        if unit.error is None and (unit.committed.lanes or unit.committed.conversations):
            for listener in self._listeners:
                listener(unit.committed)
        unit.settle()

    async def close(self) -> None:
        """Finish what is queued, then close the database."""
        while self._flushing is not None and not self._flushing.done():
            await self._flushing
        self._disk.shutdown()
        if self._reading is not None:
            self._reading.close()
        self._writer.dispose()
        self._reader.dispose()


async def _locked(connection: Connection) -> RootTransaction:
    """Begin; while another process writes, wait without holding up the loop."""
    patience = LOCK_PATIENCE_SECONDS
    while True:
        try:
            return connection.begin()
        except OperationalError as error:
            busy = getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
            if not busy or patience <= 0:
                raise
        await asyncio.sleep(LOCK_PAUSE_SECONDS)
        patience -= LOCK_PAUSE_SECONDS


def _attempt(unit: _Unit, connection: Connection, *, shared: bool) -> None:
    """Run one unit so that its failure undoes itself and not its neighbours."""
    transaction = Transaction(connection)
    try:
        with connection.begin_nested() if shared else nullcontext():
            unit.outcome = unit.work(transaction)
    except DBAPIError as error:
        if error.connection_invalidated or isinstance(error, OperationalError):
            raise
        unit.error = error
    except Exception as error:  # noqa: BLE001 (whatever the unit raises belongs to its caller, not to the writer)
        unit.error = error
    unit.committed = Committed(tuple(transaction.lanes), tuple(transaction.conversations))
