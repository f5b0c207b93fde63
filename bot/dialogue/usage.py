"""Whether what the rep sent is one of the offered replies, as it was or edited."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from bot.domain.suggestion import Passage

# Below this share of common characters it is the rep's own answer, not an edited suggestion.
ALIKE = 0.6


def used_passage(text: str, passages: Sequence[Passage]) -> int | None:
    """Return the index of the offered reply that `text` comes from, or None."""
    likeness = [max(_likeness(text, passage.reply), _likeness(text, passage.text)) for passage in passages]
    best = max(range(len(passages)), key=likeness.__getitem__, default=None)
    return best if best is not None and likeness[best] >= ALIKE else None


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
