"""Reading members of a JSON body, and UTF-8 byte limits: where WeCom cuts, and where it rejects."""

from __future__ import annotations

from typing import Any

from webhooks.simulator.refusal import require


def cut(text: str, limit_bytes: int) -> str:
    """Cut to at most `limit_bytes` without splitting a character."""
    return text.encode()[:limit_bytes].decode(errors="ignore")


def within(text: str, limit_bytes: int, errcode: int) -> str:
    """Return the text, or refuse with `errcode` when it is too long."""
    size = len(text.encode())
    require(size <= limit_bytes, errcode, f"{size} bytes, {limit_bytes} allowed")
    return text


def string(holder: Any, name: str, errcode: int = 40063) -> str:
    """Return a non-empty string member of a JSON object, or refuse."""
    value = holder.get(name) if isinstance(holder, dict) else None
    require(isinstance(value, str) and value, errcode, f"{name} is empty")
    return str(value)


def optional_string(holder: dict[str, Any], name: str) -> str:
    value = holder.get(name) or ""
    require(isinstance(value, str), 40058, f"{name} is not a string. Warning: wrong json format.")
    return str(value)


def section(holder: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a JSON object member, or refuse."""
    value = holder.get(name)
    require(isinstance(value, dict), 40063, f"{name} is empty. Warning: wrong json format.")
    return dict(value or {})


def objects(holder: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return a list of JSON objects; absent means empty."""
    value = holder.get(name) or []
    fits = isinstance(value, list) and all(isinstance(one, dict) for one in value)
    require(fits, 40058, f"{name} is not a list. Warning: wrong json format.")
    return list(value)
