"""A self-built app's chat with a member as a channel: the delivery itself holds the message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bot.domain.conversation import ConversationKey, IncomingMessage, MessageKind, Speaker
from bot.errors import CannotProcess
from bot.interfaces import Outgoing, Page, Profile, Sent
from webhooks.wecom.counters import Counters
from webhooks.wecom.events import Callback, LinkSaid, MediaSaid, PlaceSaid, TextSaid, Unknown, typed
from webhooks.wecom.media import Media
from webhooks.wecom.messages import KINDS, Messages
from webhooks.wecom.read_order import ReadOrder, sort_key

_KIND_OF = {"voice": MessageKind.VOICE, "image": MessageKind.IMAGE}

Said = TextSaid | MediaSaid | PlaceSaid | LinkSaid


class AppChannel:
    """Implements `bot.interfaces.Channel`; conversations are `app:<agent id>:<userid>`."""

    name = "app"
    keyed = False
    by_cursor = False

    def __init__(
        self,
        *,
        messages: Messages,
        media: Media,
        agent_id: int,
        counters: Counters,
        clock: Callable[[], datetime],
    ) -> None:
        self._messages = messages
        self._media = media
        self._agent_id = agent_id
        self._counters = counters
        self._order = ReadOrder(clock)

    async def read(self, delivery: dict[str, Any], cursor: str | None) -> Page:
        """Return the one message of the delivery, or nothing for an event."""
        callback = typed(delivery.get("fields") or {})
        if isinstance(callback, Said) and callback.message_id and callback.from_user:
            return Page(items=(self._message(callback),), cursor=cursor, has_more=False)
        # The door has counted what it did not know; what it knew and nobody needs is counted here.
        if not isinstance(callback, Unknown):
            self._counters.unknown[f"app.{type(callback).__name__}"] += 1
        return Page(items=(), cursor=cursor, has_more=False)

    async def send(self, message: Outgoing) -> Sent:
        """Send to the member as the app."""
        kind = "template_card" if message.kind == "card" else message.kind
        if kind not in KINDS:
            raise CannotProcess(f"应用不能发送这种消息:{message.kind}")
        member = message.conversation.party
        accepted = await self._messages.send(
            member, kind, message.body, guard_duplicates=message.guard_duplicates
        )
        if member.lower() in {dropped.lower() for dropped in accepted.dropped}:
            raise CannotProcess("接收人不在应用的可见范围(message/send)")
        return Sent(
            channel_id=accepted.message_id, response_code=accepted.response_code, dropped=accepted.dropped
        )

    async def profile(self, conversation: ConversationKey) -> Profile | None:
        """Members are no customers: nothing is looked up."""
        del conversation
        return None

    async def fetch(self, media_id: str) -> tuple[bytes, str]:
        """Return a media file's bytes and content type."""
        return await self._media.fetch(media_id)

    def _message(self, said: Said) -> IncomingMessage:
        return IncomingMessage(
            key=f"app:{self._agent_id}:{said.message_id}",
            conversation=ConversationKey(
                channel=self.name, account=str(self._agent_id), party=said.from_user
            ),
            kind=_kind(said),
            speaker=Speaker.REP,
            text=_words(said),
            said_at=datetime.fromtimestamp(said.created_at, UTC),
            sort_key=sort_key(said.created_at, self._order.next()),
            media_id=said.media_id if isinstance(said, MediaSaid) else None,
            rep_id=said.from_user,
        )


def _kind(said: Callback) -> MessageKind:
    if isinstance(said, TextSaid):
        return MessageKind.TEXT
    return _KIND_OF.get(said.kind, MessageKind.OTHER) if isinstance(said, MediaSaid) else MessageKind.OTHER


def _words(said: Said) -> str:
    if isinstance(said, TextSaid):
        return said.content
    if isinstance(said, PlaceSaid):
        return said.label
    return " ".join(filter(None, (said.title, said.description))) if isinstance(said, LinkSaid) else ""
