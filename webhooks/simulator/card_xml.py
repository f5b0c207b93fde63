"""A template card of a passive reply: CamelCase XML with repeated elements into the JSON card."""

from __future__ import annotations

import re
from typing import Any

_LISTS = frozenset(
    {
        "action_list",
        "horizontal_content_list",
        "vertical_content_list",
        "jump_list",
        "button_list",
        "option_list",
        "select_list",
    }
)
_NUMBERS = frozenset({"type", "style", "desc_color", "mode"})
_RENAMED = {
    "check_box": "checkbox",
    "key_name": "keyname",
    "app_id": "appid",
    "page_path": "pagepath",
    "user_id": "userid",
}
_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


def card_from_xml(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the card with JSON names; numbers become numbers, lists lists."""
    return {name: _value(name, value) for name, value in ((_name(key), v) for key, v in fields.items())}


def _name(element: str) -> str:
    snake = _WORD_START.sub("_", element).lower()
    return _RENAMED.get(snake, snake)


def _value(name: str, value: Any) -> Any:
    if name in _LISTS:
        items = value if isinstance(value, list) else [value]
        return [card_from_xml(item) for item in items if isinstance(item, dict)]
    if isinstance(value, dict):
        return card_from_xml(value)
    if name in _NUMBERS and isinstance(value, str) and value.isdigit():
        return int(value)
    if name == "aspect_ratio":
        return float(value)
    return value
