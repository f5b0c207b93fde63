"""The order in which a channel read, for messages of one second: WeCom's times are whole seconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime


class ReadOrder:
    """Numbers that grow with every read, over restarts too: milliseconds, pushed on when they tie."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """Return a number above all earlier ones."""
        self._last = max(self._last + 1, int(self._clock().timestamp() * 1000))
        return self._last


def sort_key(sent_at: int, read: int, position: int = 0) -> str:
    """Return what sorts by WeCom's second, then by the read, then by the place in it."""
    return f"{sent_at:012d}:{read:015d}:{position:04d}"
