"""The last net under the logs: what our own lines never hold, a library's line might.

Masked are mobile numbers, identity card numbers (their check digit must be right), and the values of
secrets in URLs. Order numbers, prices and fault codes look alike and stay readable: a number is only
masked when it stands alone and has exactly the right form.
"""

from __future__ import annotations

import logging
import re

MASK = "***"

_MOBILE = re.compile(r"(?<![0-9A-Za-z_.\-])(?:\+?86[- ]?)?1[3-9]\d{9}(?![0-9A-Za-z_\-]|\.\d)")
_IDENTITY = re.compile(
    r"(?<![0-9A-Za-z])\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9Xx](?![0-9A-Za-z])"
)
_SECRET = re.compile(
    r"(?i)\b(access_token|corpsecret|suite_ticket|msg_signature|echostr|code|ticket|secret|token)=[^&\s\"']+"
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def mask(line: str) -> str:
    """Return the line with personal numbers and secrets hidden."""
    line = _SECRET.sub(lambda found: f"{found[1]}={MASK}", line)
    line = _IDENTITY.sub(lambda found: MASK if _is_identity(found[0]) else found[0], line)
    return _MOBILE.sub(MASK, line)


def _is_identity(number: str) -> bool:
    """Check the last digit by GB 11643-1999."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return _CHECKS[total % 11] == number[-1].upper()


class MaskingFormatter(logging.Formatter):
    """Masks whole entries, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))
