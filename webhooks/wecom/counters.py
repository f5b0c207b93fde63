"""What the door saw and could not use, counted for the operator."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from webhooks.wecom.refusal import Reason


@dataclass(kw_only=True)
class Counters:
    """`unknown` is keyed by kind (`app.event.foo`, `kf.event.enter_session`); never by content."""

    stored: int = 0
    too_large: int = 0
    not_stored: int = 0
    refused: Counter[Reason] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
