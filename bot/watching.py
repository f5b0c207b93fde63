"""Which reps have their sidebar open right now: they need no bot message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Watching:
    """Counts open event streams per rep, within this process."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    @contextmanager
    def watch(self, rep_id: str) -> Iterator[None]:
        """Hold this open while the rep's event stream is open."""
        self._open[rep_id] += 1
        try:
            yield
        finally:
            self._open[rep_id] -= 1

    def is_watching(self, rep_id: str) -> bool:
        """Whether at least one stream of this rep is open."""
        return self._open[rep_id] > 0
