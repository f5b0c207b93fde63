"""Percentiles, and what this machine can do at best."""

from __future__ import annotations

import math
import multiprocessing
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

TICK_SECONDS = 0.01


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of the values lie, by nearest rank."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def spread_ms(seconds: Sequence[float]) -> dict[str, float]:
    """Return p50, p95, p99 and the longest, in milliseconds."""
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "longest": 1.0}
    return {name: round(percentile(seconds, share) * 1000, 1) for name, share in shares.items()}


def commits_per_second(folder: Path, duration_seconds: float = 1.0) -> float:
    """Return how many one-row transactions a second SQLite makes durable here, one after the other.

    Same journal and sync settings as the product; nothing that waits for a commit can be faster
    than one over this, unless commits share a sync.
    """
    with tempfile.TemporaryDirectory(dir=folder) as place:
        connection = sqlite3.connect(Path(place) / "floor.db", isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, body TEXT)")
        body, done, start = "x" * 500, 0, time.perf_counter()
        while time.perf_counter() - start < duration_seconds:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO row (body) VALUES (?)", (body,))
            connection.execute("COMMIT")
            done += 1
        elapsed = time.perf_counter() - start
        connection.close()
    return done / elapsed


@contextmanager
def late_timers() -> Iterator[list[float]]:
    """Fill the list, at the end, with how many seconds late a process with nothing to do was woken.

    It wants to be woken every 10 ms: when that comes late, other work had the cores, and nothing on this
    machine can answer sooner.
    """
    ours, theirs = multiprocessing.Pipe()
    watcher = multiprocessing.get_context("spawn").Process(target=_tick, args=(theirs,), daemon=True)
    watcher.start()
    late: list[float] = []
    try:
        yield late
    finally:
        ours.send("stop")
        late.extend(ours.recv())
        watcher.join()


def _tick(line: Connection) -> None:
    late = []
    while not line.poll():
        start = time.perf_counter()
        time.sleep(TICK_SECONDS)
        late.append(time.perf_counter() - start - TICK_SECONDS)
    line.send(late)
