"""Our own limit per member: above WeCom's 30 a minute a message is dropped without any error."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from operator import itemgetter

from bot.errors import TryLater

PER_MINUTE = 29
PER_HOUR = 990
LONGEST = timedelta(hours=1)
"""What was sent longer ago counts no more."""
SWEEP_ABOVE_MEMBERS = 10_000


class MemberLimit:
    """Counts what one app sends to each member (page 90454); one instance per app and process.

    WeCom goes on counting when we restart: `remember` what the outbox knows before sending anything.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._sent: defaultdict[str, deque[datetime]] = defaultdict(lambda: deque(maxlen=PER_HOUR))

    def remember(self, sent: Iterable[tuple[str, datetime]]) -> None:
        """Count what an earlier process sent: member and time, in any order."""
        for member, at in sorted(sent, key=itemgetter(1)):
            self._sent[member.lower()].append(at)

    def admit(self, member: str) -> None:
        """Count one message to this member, or raise `TryLater` with the time until there is room."""
        now = self._clock()
        sent = self._sent[member.lower()]
        for count, window in ((PER_MINUTE, timedelta(minutes=1)), (PER_HOUR, LONGEST)):
            free_at = sent[-count] + window if len(sent) >= count else now
            if free_at > now:
                raise TryLater(
                    "发给同一成员的消息太密,稍后再发", after_seconds=(free_at - now).total_seconds()
                )
        sent.append(now)
        self._sweep(now)

    def _sweep(self, now: datetime) -> None:
        if len(self._sent) > SWEEP_ABOVE_MEMBERS:
            quiet = [name for name, sent in self._sent.items() if now - sent[-1] > LONGEST]
            for name in quiet:
                del self._sent[name]
