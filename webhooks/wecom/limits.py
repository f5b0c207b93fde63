"""Our own limit per member: above WeCom's 30 a minute a message is dropped without any error."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.errors import TryLater

PER_MINUTE = 29
PER_HOUR = 990
SWEEP_ABOVE_MEMBERS = 10_000


class MemberLimit:
    """Counts what one app sends to each member (page 90454); one instance per app and process."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._sent: defaultdict[str, deque[datetime]] = defaultdict(lambda: deque(maxlen=PER_HOUR))

    def admit(self, member: str) -> None:
        """Count one message to this member, or raise `TryLater` with the time until there is room."""
        now = self._clock()
        sent = self._sent[member.lower()]
        for count, window in ((PER_MINUTE, timedelta(minutes=1)), (PER_HOUR, timedelta(hours=1))):
            free_at = sent[-count] + window if len(sent) >= count else now
            if free_at > now:
                raise TryLater(
                    "发给同一成员的消息太密,稍后再发", after_seconds=(free_at - now).total_seconds()
                )
        sent.append(now)
        self._sweep(now)

    def _sweep(self, now: datetime) -> None:
        if len(self._sent) > SWEEP_ABOVE_MEMBERS:
            quiet = [name for name, sent in self._sent.items() if now - sent[-1] > timedelta(hours=1)]
            for name in quiet:
                del self._sent[name]
