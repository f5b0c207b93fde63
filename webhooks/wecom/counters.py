"""What the door saw and could not use, counted for the operator."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from webhooks.wecom.refusal import Reason

_KIND = re.compile(r"[A-Za-z0-9_.]{1,80}", re.ASCII)


@dataclass(kw_only=True)
class Counters:
    """`unknown` is keyed by kind (`app.event.foo`, `kf.event.enter_session`); never by content."""

    stored: int = 0
    too_large: int = 0
    not_stored: int = 0
    refused: Counter[Reason] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)

    def shown(self) -> dict[str, Any]:
        """Return the numbers since the process began as JSON; a kind that is no plain name becomes `other`."""
        unknown: Counter[str] = Counter()
        for kind, number in self.unknown.items():
            unknown[kind if _KIND.fullmatch(kind) else "other"] += number
        return {
            "stored": self.stored,
            "too_large": self.too_large,
            "not_stored": self.not_stored,
            "refused": {str(reason.value): number for reason, number in self.refused.items()},
            "unknown": dict(unknown),
        }
