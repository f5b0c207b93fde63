"""Who talks to whom, and what was said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Speaker(StrEnum):
    """Whose words a message holds."""

    CUSTOMER = "customer"
    REP = "rep"
    BOT = "bot"


class Consent(StrEnum):
    """Whether this customer agreed that this rep's chats with them are analysed."""

    UNKNOWN = "unknown"
    AGREED = "agreed"
    WITHDRAWN = "withdrawn"


class ConversationKind(StrEnum):
    """A customer chat is analysed; a rep's chat with the bot is answered."""

    CUSTOMER = "customer"
    BOT = "bot"


class MessageKind(StrEnum):
    """What the message carries. OTHER: we know that it was said and when, not what it says."""

    TEXT = "text"
    VOICE = "voice"
    IMAGE = "image"
    FILE = "file"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class ConversationKey:
    """Where a conversation lives: the channel, our side's account there, and the other party.

    For 微信客服 `account` is the open_kfid and `party` the external_userid; for a rep's chat with
    the bot `account` is the agent id and `party` the rep's userid.
    """

    channel: str
    account: str
    party: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.account}:{self.party}"


@dataclass(frozen=True, kw_only=True)
class IncomingMessage:
    """A message as a channel read it, before the store gave it an id.

    `key` is unique over all time and channels (the WeCom msgid where there is one); `sort_key`
    orders the messages of one conversation by WeCom's own order, never by our arrival.
    """

    key: str
    conversation: ConversationKey
    kind: MessageKind
    speaker: Speaker
    text: str
    said_at: datetime
    sort_key: str
    media_id: str | None = None
    rep_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Recall:
    """Somebody took a message back: what we derived from it goes too."""

    key: str


@dataclass(frozen=True, kw_only=True)
class RepAssigned:
    """A rep took over this conversation."""

    conversation: ConversationKey
    rep_id: str


Incoming = IncomingMessage | Recall | RepAssigned


@dataclass(frozen=True, kw_only=True)
class Message:
    """A stored message."""

    id: int
    conversation_id: int
    kind: MessageKind
    speaker: Speaker
    text: str
    said_at: datetime


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """A stored conversation with the state that decisions need.

    `customer_id` and `rep_id` are the ids of the other system; `version` grows with every visible
    change and is the event id of the sidebar's stream.
    """

    id: int
    key: ConversationKey
    kind: ConversationKind
    customer_id: str | None
    rep_id: str | None
    consent: Consent
    version: int
