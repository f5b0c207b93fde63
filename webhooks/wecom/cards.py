"""The five template cards (page 90236, §3.4), checked here against what WeCom would refuse."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from bot.errors import CannotProcess
from webhooks.wecom.card_parts import (
    ActionMenu,
    Button,
    CardAction,
    CardImage,
    CheckBox,
    Choice,
    Emphasis,
    HorizontalContent,
    ImageTextArea,
    Jump,
    JumpLink,
    MainTitle,
    Part,
    QuoteArea,
    Source,
    SubmitButton,
    VerticalContent,
)

KEY_BYTES = 1024
ID_BYTES = 128
_TASK_ID = re.compile(r"[0-9A-Za-z_\-@]{1,128}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Card(Part):
    """What all five share. `task_id` is unique per app; `replace_text` is for updates only."""

    card_type: ClassVar[str]
    needs_task: ClassVar[bool] = False

    source: Source | None = None
    action_menu: ActionMenu | None = None
    main_title: MainTitle | None = None
    quote_area: QuoteArea | None = None
    sub_title_text: str | None = field(default=None, metadata={"shown": 160})
    horizontal_content_list: tuple[HorizontalContent, ...] = ()
    card_action: CardAction | None = None
    task_id: str | None = None
    replace_text: str | None = None

    def json(self) -> dict[str, Any]:
        """Return the `template_card` object; `CannotProcess` names the part WeCom would refuse."""
        if (self.needs_task or self.action_menu) and not self.task_id:
            _bad("task_id")
        return self.json_for_update()

    def json_for_update(self) -> dict[str, Any]:
        """Return it for a card that takes the place of a sent one: it needs no task_id of its own."""
        self._check_common()
        self._check_own()
        return {"card_type": self.card_type, **super().json()}

    def _check_common(self) -> None:
        if self.task_id is not None and not _TASK_ID.fullmatch(self.task_id):
            _bad("task_id")
        if self.action_menu:
            _count("action_menu.action_list", self.action_menu.action_list, 1, 3)
            _keys("action_menu.key", (action.key for action in self.action_menu.action_list))
        _count("horizontal_content_list", self.horizontal_content_list, 0, 6)
        for line in self.horizontal_content_list:
            _check_line(line)
        for jump in (self.quote_area, self.card_action):
            _check_jump(jump)

    def _check_own(self) -> None:
        """Check what only this type has."""

    def _needs_title(self) -> None:
        if not self.main_title or not self.main_title.title:
            _bad("main_title.title")

    def _needs_action(self) -> None:
        if not self.card_action or self.card_action.type not in (1, 2):
            _bad("card_action")


@dataclass(frozen=True, kw_only=True)
class TextNotice(Card):
    card_type = "text_notice"

    emphasis_content: Emphasis | None = None
    jump_list: tuple[JumpLink, ...] = ()

    def _check_own(self) -> None:
        self._needs_action()
        if not self.sub_title_text:
            self._needs_title()
        _check_links(self.jump_list)


@dataclass(frozen=True, kw_only=True)
class NewsNotice(Card):
    card_type = "news_notice"

    card_image: CardImage | None = None
    image_text_area: ImageTextArea | None = None
    vertical_content_list: tuple[VerticalContent, ...] = ()
    jump_list: tuple[JumpLink, ...] = ()

    def _check_own(self) -> None:
        self._needs_action()
        self._needs_title()
        if self.card_image is None and self.image_text_area is None:
            _bad("card_image")
        if self.card_image and not (self.card_image.url and 1.3 <= self.card_image.aspect_ratio <= 2.25):
            _bad("card_image")
        _check_jump(self.image_text_area)
        _count("vertical_content_list", self.vertical_content_list, 0, 4)
        _filled("vertical_content_list.title", (line.title for line in self.vertical_content_list))
        _check_links(self.jump_list)


@dataclass(frozen=True, kw_only=True)
class ButtonInteraction(Card):
    card_type = "button_interaction"
    needs_task = True

    button_list: tuple[Button, ...] = ()
    button_selection: Choice | None = None

    def _check_own(self) -> None:
        self._needs_title()
        _count("button_list", self.button_list, 1, 6)
        _filled("button_list.text", (button.text for button in self.button_list))
        _keys("button_list.key", (button.key or "" for button in self.button_list if button.type == 0))
        _filled("button_list.url", (button.url for button in self.button_list if button.type == 1))
        if self.button_selection:
            _check_question("button_selection", self.button_selection)


@dataclass(frozen=True, kw_only=True)
class VoteInteraction(Card):
    card_type = "vote_interaction"
    needs_task = True

    checkbox: CheckBox | None = None
    submit_button: SubmitButton | None = None

    def _check_own(self) -> None:
        self._needs_title()
        if self.checkbox is None:
            _bad("checkbox")
        else:
            _check_question("checkbox", self.checkbox)
        _check_submit(self.submit_button)


@dataclass(frozen=True, kw_only=True)
class MultipleInteraction(Card):
    card_type = "multiple_interaction"
    needs_task = True

    select_list: tuple[Choice, ...] = ()
    submit_button: SubmitButton | None = None

    def _check_own(self) -> None:
        self._needs_title()
        _count("select_list", self.select_list, 1, 3)
        for choice in self.select_list:
            _check_question("select_list", choice)
        _keys("select_list.question_key", (choice.question_key for choice in self.select_list))
        _check_submit(self.submit_button)


def _bad(part: str) -> None:
    raise CannotProcess(f"卡片的 {part} 不合企业微信的要求")


def _count(part: str, items: tuple[Any, ...], least: int, most: int) -> None:
    if not least <= len(items) <= most:
        _bad(part)


def _filled(part: str, values: Iterable[str | None]) -> None:
    if not all(values):
        _bad(part)


def _keys(part: str, keys: Iterable[str], limit: int = KEY_BYTES) -> None:
    given = list(keys)
    if len(set(given)) < len(given) or not all(0 < len(key.encode()) <= limit for key in given):
        _bad(part)


def _check_jump(jump: Jump | None) -> None:
    if jump is None:
        return
    needed = {0: "-", 1: jump.url, 2: jump.appid}
    if not needed.get(jump.type):
        _bad(type(jump).__name__)


def _check_links(links: tuple[JumpLink, ...]) -> None:
    _count("jump_list", links, 0, 3)
    _filled("jump_list.title", (link.title for link in links))
    for link in links:
        _check_jump(link)


def _check_line(line: HorizontalContent) -> None:
    needed = {0: "-", 1: line.url, 2: line.media_id, 3: line.userid}
    if not line.keyname or not needed.get(line.type):
        _bad("horizontal_content_list")


def _check_question(part: str, question: Choice | CheckBox) -> None:
    _keys(f"{part}.question_key", [question.question_key])
    _count(f"{part}.option_list", question.option_list, 1, question.MAX_OPTIONS)
    _keys(f"{part}.option_list.id", (option.id for option in question.option_list), ID_BYTES)
    _filled(f"{part}.option_list.text", (option.text for option in question.option_list))


def _check_submit(button: SubmitButton | None) -> None:
    if button is None or not button.text:
        _bad("submit_button")
    else:
        _keys("submit_button.key", [button.key])
