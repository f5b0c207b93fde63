"""Loads what understands and what knows, in this process or, for the server, in one of its own.

In one process the model and the event loop would share an interpreter lock, and every callback would
wait for the model now and then. A message that kills the engine then kills no server either.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import TypeVar

from bot.domain.suggestion import Passage, Query
from bot.domain.understanding import Understanding, Utterance
from bot.errors import FixSettings, TryLater
from bot.interfaces import Retriever, Understander

T = TypeVar("T")

# The longest message takes well under a second; the job's lease ends after this.
PATIENCE_SECONDS = 20.0
# Loading takes a few seconds, on a busy machine with a cold disk several times as long.
LOAD_SECONDS = 60.0
NICENESS = 5

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Engines:
    """What understands and what knows."""

    understander: Understander
    retriever: Retriever


def load_engines(folder: Path) -> Engines:
    """Load the shipped model and the shipped knowledge here; vectors are kept in `folder` for the next start."""
    from knowledge.retrieval import load_retriever  # noqa: PLC0415 (heavy: loaded only where it is used)
    from nlp.loading import load_encoder, load_understander  # noqa: PLC0415

    encoder = load_encoder()
    return Engines(
        understander=load_understander(encoder=encoder),
        retriever=load_retriever(encoder, vectors_file=folder / "vectors.npz"),
    )


class EngineProcess:
    """The engines in a process of their own, started again when it dies or hangs.

    Its `engines` keep the contracts of their seams; they block the calling thread, not this process.
    """

    def __init__(
        self,
        load: Callable[[Path], Engines],
        folder: Path,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        load_seconds: float = LOAD_SECONDS,
    ) -> None:
        self._load = load
        self._folder = folder
        self._patience_seconds = patience_seconds
        self._load_seconds = load_seconds
        self._starting = threading.Lock()
        self._child = self._start()
        try:
            # Without a limit: the first load also makes the vectors, and whoever started us sees it wait.
            version = self._child.loaded.result()
        except BrokenProcessPool as error:
            raise FixSettings("the engine could not start; the reason stands above") from error
        self.engines = Engines(
            understander=_RemoteUnderstander(self, version), retriever=_RemoteRetriever(self)
        )

    def call(self, work: Callable[..., T], argument: object) -> T:
        """Run `work` over there. TryLater: the engine died or hung; a new one is already starting."""
        child = self._child
        try:
            child.loaded.result(max(0.0, child.load_until - time.monotonic()))
            return child.pool.submit(work, argument).result(self._patience_seconds)
        except TimeoutError as error:
            child.kill()
            self._replace(child)
            raise TryLater("the engine did not answer") from error
        except BrokenProcessPool as error:
            self._replace(child)
            raise TryLater("the engine process died") from error

    def close(self) -> None:
        """End the process."""
        if not self._child.loaded.done():
            self._child.kill()
        self._child.pool.shutdown(cancel_futures=True)

    def _replace(self, broken: _Child) -> None:
        with self._starting:
            if self._child is broken:
                log.error("engine.died")
                self._child = self._start()

    def _start(self) -> _Child:
        # Spawned, not forked: a fork would inherit the store's threads and locks half-way.
        context = multiprocessing.get_context("spawn")
        pid = context.Value("i", 0)
        pool = ProcessPoolExecutor(
            1, mp_context=context, initializer=_open, initargs=(self._load, self._folder, pid)
        )
        load_until = time.monotonic() + self._load_seconds
        return _Child(pool=pool, pid=pid, loaded=pool.submit(_version), load_until=load_until)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Child:
    """One engine process. It writes its `pid` before it loads; `load_until` is on the monotonic clock."""

    pool: ProcessPoolExecutor
    pid: Synchronized[int]
    loaded: Future[str]
    load_until: float

    def kill(self) -> None:
        # Zero is a process that has not come as far yet; for the system it would be our whole group.
        pid = self.pid.value
        if pid > 0:
            os.kill(pid, signal.SIGKILL)


class _RemoteUnderstander:
    def __init__(self, process: EngineProcess, version: str) -> None:
        self._process = process
        self.version = version

    def understand(self, utterances: Sequence[Utterance]) -> list[Understanding]:
        return self._process.call(_understand, list(utterances))


class _RemoteRetriever:
    def __init__(self, process: EngineProcess) -> None:
        self._process = process

    def retrieve(self, query: Query) -> list[Passage]:
        return self._process.call(_retrieve, query)


# -- over there --------------------------------------------------------------------------------

_opened: list[Engines] = []


def _open(load: Callable[[Path], Engines], folder: Path, pid: Synchronized[int]) -> None:
    pid.value = os.getpid()
    # Ctrl-C goes to the whole group; the server ends us when it has finished, or when it was killed.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # WeCom waits five seconds for an answer, a rep for a suggestion does not count in milliseconds.
    os.nice(NICENESS)
    _opened.append(load(folder))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _version() -> str:
    return _opened[0].understander.version


def _understand(utterances: list[Utterance]) -> list[Understanding]:
    return _opened[0].understander.understand(utterances)


def _retrieve(query: Query) -> list[Passage]:
    return _opened[0].retriever.retrieve(query)
