"""What is worth asking next: the most valuable dimension that is still open."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.picture import Picture, Status
from bot.domain.playbook import Playbook

# A value that is unclear or contested is worth a question too, though less than an empty one.
_OPENNESS = {Status.ABSENT: 1.0, Status.CONFLICT: 0.9, Status.AMBIGUOUS: 0.5, Status.FOUND: 0.0}


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question to the customer, and why it is worth asking."""

    dim: str
    text: str
    reason: str


def next_question(picture: Picture, playbook: Playbook) -> Question | None:
    """Return the question with the highest worth times openness; None when nothing is open."""
    ranked = sorted(playbook.dimensions, key=lambda dim: -dim.worth * _OPENNESS[picture.status(dim.code)])
    best = ranked[0] if ranked else None
    if best is None or picture.status(best.code) is Status.FOUND:
        return None
    return Question(dim=best.code, text=best.question, reason=best.reason)
