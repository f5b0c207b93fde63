"""Entries as tests need them."""

from __future__ import annotations

import itertools
from typing import Any

import yaml

from bot.domain.suggestion import Query
from knowledge.entries import Entry

CLASSES = ("price", "trust", "service")
A_SIGN = 0x4E00


def entry(number: int = 1, objection: str = "price", **changes: Any) -> Entry:
    """An entry that shares no character with that of any other number (below 20) or class."""
    signs = (chr(A_SIGN + at) for at in itertools.count(60 * (20 * CLASSES.index(objection) + number)))

    def words(length: int) -> str:
        return "".join(itertools.islice(signs, length))

    fields: dict[str, Any] = {
        "id": f"{objection}-{number:02d}",
        "objection": objection,
        "title": words(4),
        "industries": ("any",),
        "stage": "any",
        "when": words(8),
        "reply": f"{words(12)}。",
        "why": f"{words(8)}。",
        "ask": f"{words(6)}？",
        "examples": (words(6), words(6)),
    }
    return Entry(**(fields | changes))


def ask(text: str, *objections: str, industry: str | None = None, limit: int = 3) -> Query:
    return Query(text=text, objections=objections, industry=industry, limit=limit)


def as_yaml(*fields: dict[str, Any]) -> str:
    return yaml.safe_dump(list(fields), allow_unicode=True)
