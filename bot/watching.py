"""Which conversations reps have open in their sidebar right now: of these they need no bot message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

Place = int | str
"""A conversation's id; or, while a page waits for the conversation to begin, the customer's id in WeCom."""


class Watching:
    """Counts open event streams per rep and place, within this process."""

    def __init__(self) -> None:
        self._open: Counter[tuple[str, Place]] = Counter()

    @contextmanager
    def watch(self, rep_id: str, place: Place) -> Iterator[None]:
        """Hold this open while the rep's event stream about this place is open."""
        self._open[rep_id, place] += 1
        try:
            yield
        finally:
            self._open[rep_id, place] -= 1
            if not self._open[rep_id, place]:
                del self._open[rep_id, place]

    def is_watching(self, rep_id: str, *places: Place) -> bool:
        """Whether at least one stream of this rep about any of these places is open."""
        return any((rep_id, place) in self._open for place in places)
