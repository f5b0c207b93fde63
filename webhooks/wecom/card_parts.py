"""The parts that template cards are made of (page 90236, §3.3), named as WeCom names them.

Lengths that WeCom enforces are checked in `cards`; those it only cuts on display are cut here,
with a visible …, when the card is turned into JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from webhooks.wecom.cutting import cut_chars


def _shown(limit: int, default: str | None = None) -> Any:
    return field(default=default, metadata={"shown": limit})


def _required(limit: int) -> Any:
    return field(metadata={"shown": limit})


@dataclass(frozen=True, kw_only=True)
class Part:
    """Something that becomes a JSON object; None is left out."""

    def json(self) -> dict[str, Any]:
        """Return WeCom's JSON of this part."""
        return {
            one.name: _json(getattr(self, one.name), one.metadata.get("shown"))
            for one in fields(self)
            if getattr(self, one.name) not in (None, ())
        }


def _json(value: Any, shown: int | None) -> Any:
    if isinstance(value, Part):
        return value.json()
    if isinstance(value, tuple):
        return [_json(item, None) for item in value]
    if isinstance(value, str) and shown is not None:
        return cut_chars(value, shown)
    return value


@dataclass(frozen=True, kw_only=True)
class Source(Part):
    """`desc_color`: 0 grey, 1 black, 2 red, 3 green."""

    icon_url: str | None = None
    desc: str | None = _shown(20)
    desc_color: int | None = None


@dataclass(frozen=True, kw_only=True)
class MenuAction(Part):
    text: str
    key: str


@dataclass(frozen=True, kw_only=True)
class ActionMenu(Part):
    desc: str
    action_list: tuple[MenuAction, ...]


@dataclass(frozen=True, kw_only=True)
class MainTitle(Part):
    title: str | None = _shown(36)
    desc: str | None = _shown(44)


@dataclass(frozen=True, kw_only=True)
class Jump(Part):
    """Where a tap leads; `type` 0 nowhere, 1 `url`, 2 mini program `appid` with `pagepath`."""

    type: int = 1
    url: str | None = None
    appid: str | None = None
    pagepath: str | None = None


@dataclass(frozen=True, kw_only=True)
class CardAction(Jump):
    pass


@dataclass(frozen=True, kw_only=True)
class QuoteArea(Jump):
    title: str | None = None
    quote_text: str | None = None


@dataclass(frozen=True, kw_only=True)
class JumpLink(Jump):
    title: str = _required(18)


@dataclass(frozen=True, kw_only=True)
class ImageTextArea(Jump):
    image_url: str
    title: str | None = None
    desc: str | None = None


@dataclass(frozen=True, kw_only=True)
class Emphasis(Part):
    title: str | None = _shown(14)
    desc: str | None = _shown(22)


@dataclass(frozen=True, kw_only=True)
class HorizontalContent(Part):
    """A line `keyname`: `value`; `type` 0 text, 1 `url`, 2 `media_id`, 3 `userid`."""

    keyname: str = _required(5)
    value: str | None = _shown(30)
    type: int = 0
    url: str | None = None
    media_id: str | None = None
    userid: str | None = None


@dataclass(frozen=True, kw_only=True)
class VerticalContent(Part):
    title: str = _required(38)
    desc: str | None = _shown(160)


@dataclass(frozen=True, kw_only=True)
class CardImage(Part):
    """`aspect_ratio` is width to height, 1.3 to 2.25."""

    url: str
    aspect_ratio: float = 1.3


@dataclass(frozen=True, kw_only=True)
class Button(Part):
    """`type` 0 calls us back with `key`, 1 opens `url`; `style` 1 to 4."""

    text: str = _required(10)
    type: int = 0
    style: int = 1
    key: str | None = None
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Option(Part):
    id: str
    text: str = _required(16)


@dataclass(frozen=True, kw_only=True)
class CheckOption(Part):
    id: str
    text: str = _required(17)
    is_checked: bool = False


@dataclass(frozen=True, kw_only=True)
class Choice(Part):
    """One drop-down: `selected_id` is preset; `disable` greys it out (updates only)."""

    question_key: str
    option_list: tuple[Option, ...]
    title: str | None = None
    selected_id: str | None = None
    disable: bool | None = None

    MAX_OPTIONS: ClassVar[int] = 10


@dataclass(frozen=True, kw_only=True)
class CheckBox(Part):
    """`mode` 0 lets one be ticked, 1 several."""

    question_key: str
    option_list: tuple[CheckOption, ...]
    mode: int = 0
    disable: bool | None = None

    MAX_OPTIONS: ClassVar[int] = 20


@dataclass(frozen=True, kw_only=True)
class SubmitButton(Part):
    text: str = _required(10)
    key: str
