"""The need ledger: an implied need, the moment the customer voiced it, the moment they confirmed it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.understanding import Evidence, Need


class NeedState(StrEnum):
    """How far a need has come; a need never goes back."""

    IMPLIED = "implied"
    VOICED = "voiced"
    CONFIRMED = "confirmed"

    @property
    def rank(self) -> int:
        return list(NeedState).index(self)


@dataclass(frozen=True, kw_only=True)
class HeldNeed:
    """One step of one need, with the words that made it."""

    code: str
    state: NeedState
    confidence: float
    message_id: int
    said_at: datetime
    evidence: Evidence


def steps(
    held: Sequence[HeldNeed], heard: Iterable[Need], message_id: int, said_at: datetime
) -> tuple[HeldNeed, ...]:
    """Return the steps that this message adds: a need that is new, or that comes further."""
    reached = {need.code: need.state for need in held}
    added = []
    for need in heard:
        state = NeedState.VOICED if need.stated == "explicit" else NeedState.IMPLIED
        before = reached.get(need.code)
        if before is not None and before.rank >= state.rank:
            continue
        reached[need.code] = state
        added.append(
            HeldNeed(
                code=need.code,
                state=state,
                confidence=need.confidence,
                message_id=message_id,
                said_at=said_at,
                evidence=need.evidence,
            )
        )
    return tuple(added)


def current(held: Iterable[HeldNeed]) -> tuple[HeldNeed, ...]:
    """Return each need at its furthest step, in the order they were first heard."""
    best: dict[str, HeldNeed] = {}
    for need in held:
        if need.code not in best or need.state.rank > best[need.code].state.rank:
            best[need.code] = need
    return tuple(best.values())
