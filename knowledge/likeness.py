"""How alike two short Chinese texts are, by the pairs of characters they share."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


def folded(text: str) -> str:
    """Letters and digits only, width and case alike."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).lower() if char.isalnum())


@lru_cache(maxsize=8192)
def pairs(text: str) -> frozenset[str]:
    """Return the pairs of neighbouring characters."""
    plain = folded(text)
    return frozenset(plain[at : at + 2] for at in range(len(plain) - 1))


def likeness(one: str, other: str) -> float:
    """Jaccard over character pairs: 0 nothing shared, 1 the same pairs."""
    either = pairs(one) | pairs(other)
    return len(pairs(one) & pairs(other)) / len(either) if either else float(folded(one) == folded(other))
