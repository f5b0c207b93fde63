"""Texts cut to WeCom's limits so that what is left can be read: no half character, no half link."""

from __future__ import annotations

import unicodedata

ELLIPSIS = "…"
_JOINER = "\u200d"
_TONES = range(0x1F3FB, 0x1F400)


def cut_bytes(text: str, limit: int) -> str:
    """Return `text` in at most `limit` UTF-8 bytes, ending in … when something was cut off."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= limit:
        return text
    room = max(limit - len(ELLIPSIS.encode()), 0)
    kept = len(raw[:room].decode("utf-8", "ignore"))
    return _without_open_link(text[: _boundary(text, kept)]) + ELLIPSIS


def cut_chars(text: str, limit: int) -> str:
    """Return `text` in at most `limit` characters, ending in … when something was cut off."""
    return text if len(text) <= limit else text[: _boundary(text, limit - 1)] + ELLIPSIS


def _boundary(text: str, end: int) -> int:
    """Step back until the cut does not split what is seen as one character (👨‍👩‍👧, é, 👍🏽)."""
    while 0 < end < len(text) and (_clings(text[end]) or text[end - 1] == _JOINER):
        end -= 1
    return end


def _clings(character: str) -> bool:
    return character == _JOINER or ord(character) in _TONES or unicodedata.category(character) in {"Mn", "Me"}


def _without_open_link(text: str) -> str:
    """WeCom shows half an <a href=…>…</a> as it stands: leave the whole link out."""
    opened = text.rfind("<a ")
    return text[:opened] if opened > text.rfind("</a>") else text
