"""Validation of the five template cards, each refusal with its 420xx code.

Character counts of display texts are only suggestions of the service; counts of list items, lengths of
ids and keys, and required fields are enforced. 40058 stands where no code is published.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from webhooks.simulator.fields import objects, optional_string, section, string, within
from webhooks.simulator.refusal import Refusal, require

Card = dict[str, Any]

INTERACTIVE = frozenset({"button_interaction", "vote_interaction", "multiple_interaction"})
_TASK_ID = re.compile(r"[0-9A-Za-z_\-@]{1,128}")
_KEY_BYTES, _ID_BYTES, _URL_BYTES = 1024, 128, 2048


def check_card(card: Card, *, new: bool = True) -> None:
    """Refuse a card that the service would refuse; a replacement (`new` False) needs no task_id."""
    card_type = card.get("card_type")
    checker = _TYPES.get(card_type) if isinstance(card_type, str) else None
    if checker is None:
        raise Refusal(42031, "unknown card_type")
    if new and (card_type in INTERACTIVE or "action_menu" in card):
        require("task_id" in card, 42014, "task_id is required here")
    if "task_id" in card:
        task_id = card["task_id"]
        require(isinstance(task_id, str) and _TASK_ID.fullmatch(task_id), 42014)
    _check_shared_parts(card)
    checker(card)


def is_updatable(card: Card) -> bool:
    return card["card_type"] in INTERACTIVE or "action_menu" in card


def calls_back(card: Card) -> bool:
    """Tell whether a click on this card raises a callback."""
    if "action_menu" in card or card["card_type"] in {"vote_interaction", "multiple_interaction"}:
        return True
    return any(button.get("type", 0) == 0 for button in objects(card, "button_list"))


def _check_shared_parts(card: Card) -> None:
    if "action_menu" in card:
        _check_action_menu(section(card, "action_menu"))
    _check_horizontal(objects(card, "horizontal_content_list"))
    jumps = objects(card, "jump_list")
    require(len(jumps) <= 3, 42042)
    for jump in jumps:
        string(jump, "title", 42033)
        _check_target(jump, jump.get("type", 0))
    if "quote_area" in card:
        area = section(card, "quote_area")
        _check_target(area, area.get("type", 0))
    if "card_action" in card:
        _check_card_action(section(card, "card_action"))


def _check_action_menu(menu: Card) -> None:
    actions = objects(menu, "action_list")
    require(1 <= len(actions) <= 3, 40058, "action_list holds 1 to 3 items")
    keys = [within(string(action, "key", 42039), _KEY_BYTES, 42039) for action in actions]
    require(len(set(keys)) == len(keys), 42051)
    for action in actions:
        string(action, "text", 42038)


def _check_horizontal(items: list[Card]) -> None:
    require(len(items) <= 6, 42035)
    for item in items:
        string(item, "keyname", 42027)
        kind = item.get("type", 0)
        if kind == 1:
            _check_url(item)
        elif kind == 2:
            string(item, "media_id", 42029)
        elif kind == 3:
            string(item, "userid", 42050)


def _check_target(part: Card, kind: Any) -> None:
    if kind == 1:
        _check_url(part)
    elif kind == 2:
        string(part, "appid", 42030)


def _check_url(part: Card) -> None:
    url = within(string(part, "url", 42028), _URL_BYTES, 42028)
    require(url.startswith(("http://", "https://")), 42028)


def _check_card_action(action: Card) -> None:
    kind = action.get("type")
    require(kind in {0, 1, 2}, 42045)
    _check_target(action, kind)


def _require_card_action(card: Card) -> None:
    require(isinstance(card.get("card_action"), dict), 42045)
    require(card["card_action"].get("type") in {1, 2}, 42045)


def _require_title(card: Card) -> None:
    string(card.get("main_title"), "title", 42033)


def _check_text_notice(card: Card) -> None:
    title = card.get("main_title")
    has_title = isinstance(title, dict) and title.get("title")
    require(has_title or optional_string(card, "sub_title_text"), 42033)
    _require_card_action(card)


def _check_news_notice(card: Card) -> None:
    _require_title(card)
    _require_card_action(card)
    if "image_text_area" in card:
        area = section(card, "image_text_area")
        string(area, "image_url", 42044)
        _check_target(area, area.get("type", 0))
    else:
        image = card.get("card_image")
        string(image, "url", 42044)
        ratio = image.get("aspect_ratio", 1.3) if isinstance(image, dict) else 1.3
        require(isinstance(ratio, int | float) and 1.3 <= ratio <= 2.25, 40058, "aspect_ratio")
    vertical = objects(card, "vertical_content_list")
    require(len(vertical) <= 4, 42036)
    for item in vertical:
        string(item, "title", 42033)


def _check_button_interaction(card: Card) -> None:
    _require_title(card)
    buttons = objects(card, "button_list")
    require(1 <= len(buttons) <= 6, 40058, "button_list holds 1 to 6 items")
    for button in buttons:
        string(button, "text", 42038)
        if button.get("type", 0) == 1:
            _check_url(button)
        else:
            within(string(button, "key", 42039), _KEY_BYTES, 42039)
    if "button_selection" in card:
        _check_selection(section(card, "button_selection"), most=10)


def _check_vote_interaction(card: Card) -> None:
    _require_title(card)
    _check_selection(section(card, "checkbox"), most=20)
    _check_submit(card)


def _check_multiple_interaction(card: Card) -> None:
    _require_title(card)
    selections = objects(card, "select_list")
    require(1 <= len(selections) <= 3, 42047)
    for selection in selections:
        _check_selection(selection, most=10)
    _check_submit(card)


def _check_selection(selection: Card, *, most: int) -> None:
    within(string(selection, "question_key", 42043), _KEY_BYTES, 42043)
    options = objects(selection, "option_list")
    require(1 <= len(options) <= most, 42037)
    for option in options:
        within(string(option, "id", 42040), _ID_BYTES, 42040)
        string(option, "text", 42041)


def _check_submit(card: Card) -> None:
    button = card.get("submit_button")
    string(button, "text", 42049)
    within(string(button, "key", 42046), _KEY_BYTES, 42046)


_TYPES: dict[str, Callable[[Card], None]] = {
    "text_notice": _check_text_notice,
    "news_notice": _check_news_notice,
    "button_interaction": _check_button_interaction,
    "vote_interaction": _check_vote_interaction,
    "multiple_interaction": _check_multiple_interaction,
}
