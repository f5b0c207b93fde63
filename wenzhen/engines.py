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
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bot.domain.suggestion import Passage, Query
from bot.domain.understanding import Understanding, Utterance
from bot.errors import FixSettings, TryLater
from bot.interfaces import Retriever, Understander

T = TypeVar("T")

# The longest message takes well under a second; the job's lease ends after this.
PATIENCE_SECONDS = 20.0
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
        self, load: Callable[[Path], Engines], folder: Path, *, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._load = load
        self._folder = folder
        self._patience_seconds = patience_seconds
        self._starting = threading.Lock()
        self._pool, self._pid = self._start()
        try:
            version = self._pool.submit(_version).result()
        except BrokenProcessPool as error:
            raise FixSettings("the engine could not start; the reason stands above") from error
        self.engines = Engines(
            understander=_RemoteUnderstander(self, version), retriever=_RemoteRetriever(self)
        )

    def call(self, work: Callable[..., T], argument: object) -> T:
        """Run `work` over there. TryLater: the engine died or hung; a new one is already starting."""
        pool, pid = self._pool, self._pid
        try:
            loaded = pid.result()
            return pool.submit(work, argument).result(self._patience_seconds)
        except TimeoutError as error:
            os.kill(loaded, signal.SIGKILL)
            self._replace(pool)
            raise TryLater("the engine did not answer") from error
        except BrokenProcessPool as error:
            self._replace(pool)
            raise TryLater("the engine process died") from error

    def close(self) -> None:
        """End the process."""
        self._pool.shutdown(cancel_futures=True)

    def _replace(self, broken: ProcessPoolExecutor) -> None:
        with self._starting:
            if self._pool is broken:
                log.error("engine.died")
                self._pool, self._pid = self._start()

    def _start(self) -> tuple[ProcessPoolExecutor, Future[int]]:
        # Spawned, not forked: a fork would inherit the store's threads and locks half-way.
        pool = ProcessPoolExecutor(
            1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_open,
            initargs=(self._load, self._folder),
        )
        return pool, pool.submit(os.getpid)


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


def _open(load: Callable[[Path], Engines], folder: Path) -> None:
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
