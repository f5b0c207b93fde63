"""Every error we raise on purpose, named by what to do next.

WenzhenError
├── TryLater        the same step may succeed later: wait `after_seconds`, then do it again
├── MaybeDone       the request left us and no answer came: never repeat it blindly
├── CannotProcess   this item will never work: park it where a person sees it, go on with the next
├── Refused         whoever asks may not have this: say no, say nothing more
└── FixSettings     an operator has to change something: do not retry, tell them what
"""

from __future__ import annotations


class WenzhenError(Exception):
    """Base of all errors above; the message is for operators and never holds customer text."""


class TryLater(WenzhenError):
    """The same step may succeed later."""

    def __init__(self, message: str, *, after_seconds: float = 1.0) -> None:
        super().__init__(message)
        self.after_seconds = after_seconds


class MaybeDone(WenzhenError):
    """The request was sent and its outcome is unknown."""

    def __init__(self, message: str, *, after_seconds: float = 0.0) -> None:
        super().__init__(message)
        self.after_seconds = after_seconds


class CannotProcess(WenzhenError):
    """This item will never work, however often it is tried."""


class Refused(WenzhenError):
    """Whoever asks may not have this."""


class FixSettings(WenzhenError):
    """An operator has to change something first."""
