"""Runs units of work: one writer thread with group commit, and readers that see a snapshot."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.exc import DBAPIError, OperationalError

from bot.errors import TryLater
from bot.store.engine import open_engine

T = TypeVar("T")

log = logging.getLogger(__name__)

# More in one group would only lengthen the wait of the first; the disk is already shared well.
GROUP_LIMIT = 64


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

    def execute(self, statement: Executable) -> CursorResult[Any]:
        """Run one statement."""
        result: CursorResult[Any] = self.connection.execute(statement)
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
    loop: asyncio.AbstractEventLoop
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
    """The one way to the database. `write` returns after the commit is on the disk."""

    def __init__(self, path: Path) -> None:
        self._writer = open_engine(path, writer=True)
        self._reader = open_engine(path, writer=False)
        self._units: queue.SimpleQueue[_Unit | None] = queue.SimpleQueue()
        self._listeners: list[Callable[[Committed], None]] = []
        self._thread = threading.Thread(target=self._serve, name="store-writer", daemon=True)
        self._thread.start()

    def on_commit(self, listener: Callable[[Committed], None]) -> None:
        """Have `listener` called on the event loop after each commit that left something to do."""
        self._listeners.append(listener)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one transaction and commit it, together with others that came meanwhile.

        An error of `work` undoes it alone and is raised here. DatabaseAway: the database refused.
        """
        loop = asyncio.get_running_loop()
        unit = _Unit(work, loop.create_future(), loop)
        self._units.put(unit)
        outcome: T = await unit.future
        return outcome

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` on a snapshot, beside the writer. Keep it small: it runs on the event loop.

        A reader never waits for the writer, its pages are in memory, and handing a query of a third
        of a millisecond to a thread and back costs more than the query (docs/decisions/0004).
        """
        try:
            with self._reader.begin() as connection:
                return work(Transaction(connection))
        except OperationalError as error:
            raise DatabaseAway("the database could not be read") from error

    def _serve(self) -> None:
        while (unit := self._units.get()) is not None:
            group = [unit]
            closing = False
            while len(group) < GROUP_LIMIT and not self._units.empty():
                following = self._units.get()
                if following is None:
                    closing = True
                    break
                group.append(following)
            self._commit(group)
            if closing:
                return

    def _commit(self, group: list[_Unit]) -> None:
        try:
            with self._writer.connect() as connection, connection.begin() as whole:
                for unit in group:
                    _attempt(unit, connection, shared=len(group) > 1)
                if len(group) == 1 and group[0].error is not None:
                    whole.rollback()
        except DBAPIError as error:
            log.warning("store.commit_failed units=%d error=%s", len(group), type(error.orig).__name__)
            for unit in group:
                unit.error = unit.error or DatabaseAway("the database could not be written")
        for unit in group:
            unit.loop.call_soon_threadsafe(self._settle, unit)

    def _settle(self, unit: _Unit) -> None:
        if unit.error is None and (unit.committed.lanes or unit.committed.conversations):
            for listener in self._listeners:
                listener(unit.committed)
        unit.settle()

    def close(self) -> None:
        """Finish what is queued, then close the database."""
        self._units.put(None)
        self._thread.join()
        self._writer.dispose()
        self._reader.dispose()


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
