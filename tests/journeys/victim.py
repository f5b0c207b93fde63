"""The product as production builds and runs it, with fake engines, in a process that dies where it is told to.

Its plan stands in environment variables: VICTIM_CRASH_AT=step:n ends it as `kill -9` would when the step
is reached for the n-th time (with VICTIM_LATER=1 counted from a SIGUSR1 on; with VICTIM_PAUSED=1
understanding waits for that signal too), VICTIM_DEADLY ends it while a message with these words is being understood,
VICTIM_POISON makes understanding such a message fail, VICTIM_HASTY=1 acknowledges callbacks before they
are stored (the fault that the suite has to be able to see).
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import click

from bot.domain.understanding import Understanding, Utterance
from tests.fakes import FakeRetriever, FakeUnderstander
from wenzhen.cli import Commands
from wenzhen.engines import Engines
from wenzhen.serve import log_to_stderr, run_app
from wenzhen.settings import load_settings
from wenzhen.wiring import build

ACKNOWLEDGED = "door.acknowledged"


def die() -> None:
    """End at once: nothing is flushed, closed or said."""
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Crash:
    """A checkpoint that is deadly at one step, once it is armed."""

    step: str
    count: int
    armed: threading.Event
    reached: Counter[str] = field(default_factory=Counter)

    @classmethod
    def planned(cls, environ: Mapping[str, str]) -> Crash:
        step, _, count = environ.get("VICTIM_CRASH_AT", "").partition(":")
        crash = cls(step, int(count or 1), threading.Event())
        if not environ.keys() & {"VICTIM_LATER", "VICTIM_PAUSED"}:
            crash.armed.set()
        return crash

    def arm(self, _signal: int, _frame: FrameType | None) -> None:
        self.armed.set()

    def __call__(self, step: str) -> None:
        if not self.armed.is_set():
            return
        self.reached[step] += 1
        if step == self.step and self.reached[step] == self.count:
            die()


class DeadlyUnderstander(FakeUnderstander):
    """Understands, but some words take the whole process with them."""

    def __init__(self, environ: Mapping[str, str], armed: threading.Event) -> None:
        super().__init__(poison=environ.get("VICTIM_POISON"))
        self._deadly = environ.get("VICTIM_DEADLY")
        self._paused_until = armed if "VICTIM_PAUSED" in environ else None

    def understand(self, utterances: Sequence[Utterance]) -> list[Understanding]:
        if self._paused_until is not None:
            self._paused_until.wait()
        if self._deadly and any(self._deadly in utterance.text for utterance in utterances):
            die()
        return super().understand(utterances)


class Hasty:
    """Answers 200 to every callback and only then looks at it."""

    def __init__(self, app: Any, crash: Crash) -> None:
        self._app = app
        self._crash = crash

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/callbacks/"):
            await self._app(scope, receive, send)
            return
        request = await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
        self._crash(ACKNOWLEDGED)

        async def again() -> Any:
            return request

        async def nowhere(_message: Any) -> None:
            """WeCom has its answer already."""

        await self._app(scope, again, nowhere)


@click.command()
def serve() -> None:
    log_to_stderr()
    settings = load_settings()
    crash = Crash.planned(os.environ)
    signal.signal(signal.SIGUSR1, crash.arm)
    understander = DeadlyUnderstander(os.environ, crash.armed)
    engines = Engines(understander=understander, retriever=FakeRetriever())
    product = build(settings, engines, checkpoint=crash)
    app = Hasty(product.app, crash) if "VICTIM_HASTY" in os.environ else product.app
    run_app(app, host=settings.server.host, port=settings.server.port)


def run(environ: Mapping[str, str], log: Path) -> None:
    """Be the product's process: its own environment, its standard error in a file, the command line's ending."""
    os.environ.update(environ)
    with log.open("ab") as file:
        os.dup2(file.fileno(), sys.stderr.fileno())
    Commands("victim", commands={"serve": serve}).main(["serve"])
