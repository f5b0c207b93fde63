"""Engines that a spawned process can load: they answer, die or hang as the message says."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bot.domain.understanding import Understanding, Utterance
from tests.fakes import FakeRetriever, FakeUnderstander
from wenzhen.engines import EngineProcess, Engines


class Frail(FakeUnderstander):
    """Gives its process number as its version, so that a test can look for it."""

    def understand(self, utterances: Sequence[Utterance]) -> list[Understanding]:
        """Die at 死, hang at 挂."""
        for utterance in utterances:
            if "死" in utterance.text:
                os.kill(os.getpid(), signal.SIGKILL)
            if "挂" in utterance.text:
                time.sleep(60)
        return [Understanding(version=str(os.getpid())) for _ in utterances]


def load(_folder: Path) -> Engines:
    """Load what the tests talk to."""
    return Engines(understander=Frail(), retriever=FakeRetriever())


def hang_the_second_time(folder: Path) -> Engines:
    """Load, hang, and load from then on."""
    loads = len(list(folder.glob("load*")))
    (folder / f"load{loads}").write_text(str(os.getpid()))
    if loads == 1:
        time.sleep(60)
    return load(folder)


def refuse(_folder: Path) -> Engines:
    """Fail as a damaged model file would."""
    raise FileNotFoundError("model.onnx")


if __name__ == "__main__":
    engine = EngineProcess(load, Path())
    (seen,) = engine.engines.understander.understand([Utterance(text="在吗")])
    sys.stdout.write(f"{seen.version}\n")
    sys.stdout.flush()
    time.sleep(60)
