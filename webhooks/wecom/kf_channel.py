"""微信客服 as a channel: a signal announces, pages are pulled, replies go back to the customer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bot.domain.conversation import (
    ConversationKey,
    Incoming,
    IncomingMessage,
    MessageKind,
    Recall,
    RepAssigned,
    Speaker,
)
from bot.errors import CannotProcess
from bot.interfaces import Outgoing, Page, Profile, Sent
from webhooks.wecom.contacts import Contacts
from webhooks.wecom.counters import Counters
from webhooks.wecom.kf import Kf, KfPage
from webhooks.wecom.media import Media
from webhooks.wecom.read_order import ReadOrder, sort_key
from webhooks.wecom.wire import Json

FROM_CUSTOMER = 3
FROM_SERVICER = 5
KINDS = frozenset({"text", "link", "msgmenu", "image", "voice", "file"})

_KIND_OF = {
    "text": MessageKind.TEXT,
    "voice": MessageKind.VOICE,
    "image": MessageKind.IMAGE,
    "file": MessageKind.FILE,
}
_WORDS_OF = {
    "text": ("content",),
    "link": ("title", "desc", "url"),
    "location": ("name", "address"),
    "miniprogram": ("title",),
    "channels_shop_product": ("title",),
}

log = logging.getLogger(__name__)


class KfChannel:
    """Implements `bot.interfaces.Channel`; conversations are `kf:<open_kfid>:<external_userid>`."""

    name = "kf"
    keyed = True
    by_cursor = True

    def __init__(
        self,
        *,
        kf: Kf,
        media: Media,
        contacts: Contacts | None,
        counters: Counters,
        clock: Callable[[], datetime],
    ) -> None:
        self._kf = kf
        self._media = media
        self._contacts = contacts
        self._counters = counters
        self._order = ReadOrder(clock)

    async def read(self, delivery: dict[str, Any], cursor: str | None) -> Page:
        """Return the page after `cursor` of the account that `delivery` names."""
        open_kfid = delivery.get("open_kfid")
        if not open_kfid:
            return Page(items=(), cursor=cursor, has_more=False)
        page = await self._kf.sync(str(open_kfid), cursor=cursor, token=delivery.get("token"))
        log.info("kf.page_read items=%d has_more=%s", len(page.items), page.has_more)
        return Page(
            items=self._items(page, str(open_kfid)), cursor=page.next_cursor or None, has_more=page.has_more
        )

    async def send(self, message: Outgoing) -> Sent:
        """Send to the customer with `message.key` as WeCom's msgid."""
        if message.kind not in KINDS:
            raise CannotProcess(f"微信客服不能发送这种消息:{message.kind}")
        to = message.conversation
        channel_id = await self._kf.send(
            to.account,
            to.party,
            kind=message.kind,
            body=message.body,
            key=message.key,
            repeat=message.repeat,
        )
        return Sent(channel_id=channel_id)

    async def profile(self, conversation: ConversationKey) -> Profile | None:
        """Return the customer's name, and the company when 客户联系 may be asked and knows it."""
        known = await self._kf.customers([conversation.party])
        contact = await self._contacts.find(conversation.party) if self._contacts else None
        nickname = next((str(one["nickname"]) for one in known if one.get("nickname")), "")
        name = nickname or (contact.name if contact else "")
        if not name:
            return None
        return Profile(
            customer_id=conversation.party, name=name, company=contact.company if contact else None
        )

    async def fetch(self, media_id: str) -> tuple[bytes, str]:
        """Return a media file's bytes and content type."""
        return await self._media.fetch(media_id)

    def _items(self, page: KfPage, open_kfid: str) -> tuple[Incoming, ...]:
        read = self._order.next()
        found: list[Incoming] = []
        for position, item in enumerate(page.items):
            incoming = self._attempt(item, open_kfid, read, position)
            if incoming is None or _is_unread(incoming):
                self._counters.unknown[f"kf.{_kind_name(item)}"] += 1
            if incoming is not None:
                found.append(incoming)
        return tuple(found)

    def _attempt(self, item: Json, open_kfid: str, read: int, position: int) -> Incoming | None:
        """Read an item, or leave it: raised further, its error would hold up the account at this page for good."""
        try:
            return self._incoming(item, open_kfid, read, position)
        except (ArithmeticError, LookupError, OSError, TypeError, ValueError) as error:
            log.warning("kf.item_unreadable position=%d error=%s", position, type(error).__name__)
            return None

    def _incoming(self, item: Json, open_kfid: str, read: int, position: int) -> Incoming | None:
        if item.get("msgtype") == "event":
            return self._event(item, open_kfid)
        if item.get("origin") not in (FROM_CUSTOMER, FROM_SERVICER):
            return None
        return _message(item, open_kfid, read, position)

    def _event(self, item: Json, open_kfid: str) -> Incoming | None:
        event = _object(item, "event")
        kind = event.get("event_type")
        if kind in {"user_recall_msg", "servicer_recall_msg"} and event.get("recall_msgid"):
            return Recall(key=_key(event["recall_msgid"]))
        customer, rep = event.get("external_userid"), event.get("new_servicer_userid")
        if kind == "session_status_change" and customer and rep:
            return RepAssigned(
                conversation=_conversation(event.get("open_kfid") or open_kfid, customer), rep_id=str(rep)
            )
        if kind == "msg_send_fail":
            log.warning("kf.not_delivered fail_type=%s", event.get("fail_type"))
        return None


def _message(item: Json, open_kfid: str, read: int, position: int) -> IncomingMessage | None:
    customer, message_id, sent_at = (item.get(name) for name in ("external_userid", "msgid", "send_time"))
    if not customer or not message_id or not isinstance(sent_at, int):
        return None
    kind = str(item.get("msgtype") or "")
    body = _object(item, kind)
    is_rep = item.get("origin") == FROM_SERVICER
    return IncomingMessage(
        key=_key(message_id),
        conversation=_conversation(item.get("open_kfid") or open_kfid, customer),
        kind=_KIND_OF.get(kind, MessageKind.OTHER),
        speaker=Speaker.REP if is_rep else Speaker.CUSTOMER,
        text=_words(kind, body),
        said_at=datetime.fromtimestamp(sent_at, UTC),
        sort_key=sort_key(sent_at, read, position),
        media_id=str(body["media_id"]) if body.get("media_id") else None,
        rep_id=str(item["servicer_userid"]) if is_rep and item.get("servicer_userid") else None,
    )


def _is_unread(incoming: Incoming) -> bool:
    """Tell a message of which we keep neither words nor a media number, as a `merged_msg` or a new kind."""
    return isinstance(incoming, IncomingMessage) and not (
        incoming.text or incoming.media_id or incoming.kind is MessageKind.TEXT
    )


def _words(kind: str, body: Json) -> str:
    return " ".join(str(body[name]) for name in _WORDS_OF.get(kind, ()) if body.get(name))


def _conversation(open_kfid: Any, customer: Any) -> ConversationKey:
    return ConversationKey(channel=KfChannel.name, account=str(open_kfid), party=str(customer))


def _key(message_id: Any) -> str:
    return f"kf:{message_id}"


def _object(item: Json, name: str) -> Json:
    value = item.get(name)
    return value if isinstance(value, dict) else {}


def _kind_name(item: Json) -> str:
    kind = str(item.get("msgtype"))
    return f"event.{_object(item, 'event').get('event_type')}" if kind == "event" else kind
