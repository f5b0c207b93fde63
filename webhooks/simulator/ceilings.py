"""Counting calls in sliding windows, and blocking whoever goes over."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable


class Ceilings:
    """Sliding windows by key. Time is in seconds of the injected clock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._hits: defaultdict[str, deque[float]] = defaultdict(deque)
        self._blocked_until: dict[str, float] = {}

    def allows(self, key: str, limit: int, seconds: float) -> bool:
        """Count one hit unless the window is full already."""
        now = self._clock()
        hits = self._hits[key]
        while hits and hits[0] <= now - seconds:
            hits.popleft()
        if len(hits) >= limit:
            return False
        hits.append(now)
        return True

    def admits(self, key: str, limit: int, seconds: float) -> bool:
        """Do the same, and once over the limit stay closed for a whole window."""
        if self.blocked(key):
            return False
        if self.allows(key, limit, seconds):
            return True
        self.block(key, seconds)
        return False

    def block(self, key: str, seconds: float) -> None:
        self._blocked_until[key] = self._clock() + seconds

    def blocked(self, key: str) -> bool:
        return self._clock() < self._blocked_until.get(key, 0.0)
