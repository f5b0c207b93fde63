"""The engine process: it comes back after a death or a hang, and never outlives the server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.domain.suggestion import Query
from bot.domain.understanding import Utterance
from bot.errors import FixSettings, TryLater
from tests.wenzhen import frail_engines
from wenzhen.engines import EngineProcess


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EngineProcess]:
    engine = EngineProcess(frail_engines.load, tmp_path, patience_seconds=1)
    yield engine
    engine.close()


def understand(engine: EngineProcess, text: str) -> int:
    """Return the number of the process that understood it."""
    (seen,) = engine.engines.understander.understand([Utterance(text=text)])
    return int(seen.version)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pid: int) -> bool:
    until = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    return not is_alive(pid)


def test_it_understands_and_retrieves_in_one_process_that_is_not_ours(engine: EngineProcess) -> None:
    first, second = understand(engine, "在吗"), understand(engine, "好的")
    assert first == second != os.getpid()
    assert engine.engines.retriever.retrieve(Query(text="贵", objections=("price",)))


@pytest.mark.parametrize("text", ["死", "挂"])
def test_after_a_death_or_a_hang_the_next_call_finds_a_new_one(engine: EngineProcess, text: str) -> None:
    before = understand(engine, "在吗")
    with pytest.raises(TryLater):
        understand(engine, text)
    assert understand(engine, "在吗") != before
    assert gone(before)


def test_one_that_hangs_while_it_loads_is_killed_and_replaced(tmp_path: Path) -> None:
    engine = EngineProcess(frail_engines.hang_the_second_time, tmp_path, patience_seconds=1, load_seconds=4)
    try:
        with pytest.raises(TryLater):
            understand(engine, "死")
        with pytest.raises(TryLater, match="did not answer"):
            understand(engine, "在吗")
        assert gone(int((tmp_path / "load1").read_text()))
        assert understand(engine, "在吗") == int((tmp_path / "load2").read_text())
    finally:
        engine.close()


def test_one_that_cannot_load_says_so_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(FixSettings, match="could not start"):
        EngineProcess(frail_engines.refuse, tmp_path)


def test_it_ends_with_a_server_that_was_killed() -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.wenzhen.frail_engines"]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        pid = int(server.stdout.readline())
        assert is_alive(pid)
        server.kill()
        assert gone(pid)
