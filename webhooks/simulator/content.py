"""The bodies of `message/send` by msgtype: what is cut, what is refused, how a chat window shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from webhooks.simulator.cards import calls_back, check_card
from webhooks.simulator.fields import cut, objects, optional_string, section, string, within
from webhooks.simulator.media import find
from webhooks.simulator.refusal import Refusal, require
from webhooks.simulator.simulator import Simulator
from webhooks.simulator.state import Kind
from webhooks.simulator.world import Door

TEXT_BYTES, TITLE_BYTES, DESCRIPTION_BYTES, URL_BYTES = 2048, 128, 512, 2048


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What arrives at the receiver."""

    kind: Kind
    text: str
    card: dict[str, Any] | None = None


def read_content(sim: Simulator, door: Door, body: dict[str, Any]) -> Shown:
    """Check the body of a `message/send` request and return what its receivers see."""
    msgtype = body.get("msgtype")
    reader = _READERS.get(msgtype) if isinstance(msgtype, str) else None
    if reader is None:
        raise Refusal(40008)
    if msgtype == "template_card":
        card = section(body, "template_card")
        check_card(card)
        # Which code refuses a clickable card of an app without callback URL is not published.
        require(door.keys.callback_url or not calls_back(card), 40058, "app has no callback URL")
    return reader(sim, section(body, str(msgtype)))


def card_text(card: dict[str, Any]) -> str:
    """Return the line that stands for a card in a list of messages."""
    title = card.get("main_title")
    shown = title.get("title") if isinstance(title, dict) else None
    return str(shown or card.get("sub_title_text") or card.get("title") or "")


def _text(_sim: Simulator, part: dict[str, Any]) -> Shown:
    return Shown(kind="text", text=cut(string(part, "content", 44004), TEXT_BYTES))


def _markdown(_sim: Simulator, part: dict[str, Any]) -> Shown:
    return Shown(kind="markdown", text=within(string(part, "content", 44004), TEXT_BYTES, 45002))


def _image(sim: Simulator, part: dict[str, Any]) -> Shown:
    return Shown(kind="image", text=find(sim, string(part, "media_id", 40007), "image").filename)


def _voice(sim: Simulator, part: dict[str, Any]) -> Shown:
    return Shown(kind="voice", text=find(sim, string(part, "media_id", 40007), "voice").filename)


def _video(sim: Simulator, part: dict[str, Any]) -> Shown:
    name = find(sim, string(part, "media_id", 40007), "video").filename
    title = cut(optional_string(part, "title"), TITLE_BYTES)
    return Shown(kind="file", text=title or name)


def _file(sim: Simulator, part: dict[str, Any]) -> Shown:
    return Shown(kind="file", text=find(sim, string(part, "media_id", 40007), "file").filename)


def _textcard(_sim: Simulator, part: dict[str, Any]) -> Shown:
    card = {
        "card_type": "textcard",
        "title": cut(string(part, "title"), TITLE_BYTES),
        "description": cut(string(part, "description"), DESCRIPTION_BYTES),
        "url": within(string(part, "url"), URL_BYTES, 45002),
        "btntxt": optional_string(part, "btntxt")[:4],
    }
    return Shown(kind="card", text=card["title"], card=card)


def _news(_sim: Simulator, part: dict[str, Any]) -> Shown:
    articles = objects(part, "articles")
    require(1 <= len(articles) <= 8, 45008)
    shown = [
        {
            **article,
            "title": cut(string(article, "title"), TITLE_BYTES),
            "description": cut(optional_string(article, "description"), DESCRIPTION_BYTES),
            "url": within(optional_string(article, "url"), URL_BYTES, 45002),
        }
        for article in articles
    ]
    for article in shown:
        require(article["url"] or article.get("appid"), 40063, "url or appid")
    return Shown(kind="card", text=shown[0]["title"], card={"card_type": "news", "articles": shown})


def _mpnews(sim: Simulator, part: dict[str, Any]) -> Shown:
    articles = objects(part, "articles")
    require(1 <= len(articles) <= 8, 45008)
    for article in articles:
        find(sim, string(article, "thumb_media_id", 40007), "image")
        within(string(article, "content", 44004), 666 * 1024, 45002)
    shown = [{**article, "title": cut(string(article, "title"), TITLE_BYTES)} for article in articles]
    return Shown(kind="card", text=shown[0]["title"], card={"card_type": "mpnews", "articles": shown})


def _miniprogram_notice(_sim: Simulator, part: dict[str, Any]) -> Shown:
    string(part, "appid")
    title = string(part, "title")
    require(4 <= len(title) <= 12, 40058, "title has 4 to 12 characters")
    require(len(objects(part, "content_item")) <= 10, 40058, "at most 10 content_item")
    return Shown(kind="card", text=title, card={**part, "card_type": "miniprogram_notice"})


def _template_card(_sim: Simulator, card: dict[str, Any]) -> Shown:
    return Shown(kind="card", text=card_text(card), card=card)


_READERS: dict[str, Callable[[Simulator, dict[str, Any]], Shown]] = {
    "text": _text,
    "markdown": _markdown,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "file": _file,
    "textcard": _textcard,
    "news": _news,
    "mpnews": _mpnews,
    "miniprogram_notice": _miniprogram_notice,
    "template_card": _template_card,
}
