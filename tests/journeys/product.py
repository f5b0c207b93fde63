"""Starts, watches and ends the product's process, and looks into its database from outside."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx

from bot.store.migrations import upgrade
from bot.store.store import Store, Transaction
from tests.journeys import victim

PATIENCE_SECONDS = 30.0

# Imports take seconds; they are done once, and every process is forked from there.
_WARM = multiprocessing.get_context("forkserver")
_WARM.set_forkserver_preload(["pytest", "tests.journeys.victim"])
_COLD = multiprocessing.get_context("spawn")


async def until(holds: Callable[[], bool], what: str, *, seconds: float = PATIENCE_SECONDS) -> None:
    """Look again and again until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        await asyncio.sleep(0.02)


@dataclass
class Product:
    """One database and the process that works on it, started as often as it takes."""

    environ: dict[str, str]
    folder: Path
    url: str
    process: BaseProcess | None = None
    _plans: list[BaseProcess] = field(default_factory=list)

    @property
    def database(self) -> Path:
        return Path(self.environ["WENZHEN_STORAGE__PATH"])

    @property
    def log(self) -> Path:
        return self.folder / "product.log"

    def launch(self, *, cold: bool = False, **plan: str) -> BaseProcess:
        """Start a process; `plan` are settings, or what `victim` reads (crash_at, later, paused, …)."""
        plan = {name if name.isupper() else f"VICTIM_{name.upper()}": value for name, value in plan.items()}
        context = _COLD if cold else _WARM
        process = context.Process(target=victim.run, args=({**self.environ, **plan}, self.log), daemon=True)
        process.start()
        self._plans.append(process)
        return process

    async def start(self, *, cold: bool = False, **plan: str) -> None:
        """Start the process and wait until it answers; it may also have died by then, as planned."""
        self.process = self.launch(cold=cold, **plan)
        async with httpx.AsyncClient(base_url=self.url) as client:
            while self.process.is_alive() and not await _answers(client):
                await asyncio.sleep(0.02)

    def arm(self) -> None:
        """Let a crash that was planned for later happen from now on."""
        assert self.process is not None
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGUSR1)

    async def ended(self) -> int | None:
        """Wait for the end of the process; return its exit code, negative for a signal."""
        process = self.process
        assert process is not None
        await until(lambda: not process.is_alive(), "the process ends")
        return process.exitcode

    async def stop(self) -> int | None:
        """Ask it to end, as a service manager does."""
        assert self.process is not None
        self.process.terminate()
        return await self.ended()

    async def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        await self.ended()

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """Ask the database, beside the process that works on it."""
        with closing(sqlite3.connect(self.database, timeout=10)) as connection:
            return connection.execute(sql, values).fetchall()

    def count(self, sql: str, *values: Any) -> int:
        number: int = self.rows(f"select count(*) from {sql}", *values)[0][0]
        return number

    def is_idle(self) -> bool:
        return self.count("jobs where finished_at is null") == 0

    async def settled(self, *, seconds: float = PATIENCE_SECONDS) -> None:
        try:
            await until(self.is_idle, "all jobs are finished", seconds=seconds)
        except TimeoutError as error:
            left = self.rows("select lane, kind, state, attempts, reason from jobs where finished_at is null")
            raise TimeoutError(f"{error}; left are {left}") from error

    async def prepare(self, work: Callable[[Transaction], Any]) -> None:
        """Make the database and put something in."""
        upgrade(self.database)
        await self.write(work)

    async def write(self, work: Callable[[Transaction], Any]) -> Any:
        """Write through the store, for what no door brings in; only while no process runs."""
        store = Store(self.database)
        try:
            return await store.write(work)
        finally:
            await store.close()

    def end_all(self) -> None:
        for process in self._plans:
            process.kill()
            process.join()
            process.close()


async def _answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/healthz")).status_code == 200
    except httpx.TransportError:
        return False
