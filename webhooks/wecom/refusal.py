"""Why a callback was turned away: for our counters only, the caller learns nothing."""

from __future__ import annotations

from enum import IntEnum

from bot.errors import FixSettings, Refused


class Reason(IntEnum):
    """The codes of WeCom's own libraries (page 90238), and below -41000 three of ours."""

    SIGNATURE = -40001
    UNREADABLE = -40002
    KEY = -40004
    RECEIVER = -40005
    CIPHER = -40007
    BUFFER = -40008
    BASE64 = -40010
    QUERY = -41001
    AGE = -41002
    ECHO = -41003


class Refusal(Refused):
    """A callback that is not WeCom's, not for us, or not from now."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"callback refused: {reason.name.lower()} ({reason.value})")
        self.reason = reason


class IllegalKey(FixSettings):
    """The configured EncodingAESKey cannot be a key: found at start, not at the first callback."""

    reason = Reason.KEY
