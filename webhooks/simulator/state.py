"""What changes while the simulator runs: chats, logs, codes, media. All of it fits in one JSON file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

Speaker = Literal["customer", "servicer", "api", "member", "app", "system"]
Kind = Literal["text", "voice", "image", "markdown", "card", "menu", "event", "file"]
Status = Literal["ok", "failed", "dropped", "recalled"]

KEPT_MESSAGES = 1000
# After a crash the newest log items may be missing from the snapshot while a client's cursor is already
# beyond them; numbers are skipped so that nothing new can hide behind such a cursor.
SKIPPED_AFTER_RESTART = 10_000


class Message(BaseModel):
    """One line in a chat window. `at` is in Unix seconds."""

    id: str
    speaker: Speaker
    author: str
    name: str
    kind: Kind
    text: str
    at: float
    card: dict[str, Any] | None = None
    status: Status = "ok"

    def shown(self) -> dict[str, Any]:
        """Give the message as the control API shows it."""
        fields = self.model_dump(exclude={"speaker", "author"})
        return {**fields, "from": self.speaker, "at": iso(self.at)}


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


class Chat(BaseModel):
    messages: list[Message] = Field(default_factory=list)

    def add(self, message: Message) -> None:
        self.messages.append(message)
        del self.messages[:-KEPT_MESSAGES]

    def find(self, message_id: str) -> Message | None:
        return next((one for one in reversed(self.messages) if one.id == message_id), None)


class KfChat(Chat):
    """A customer's chat with a 微信客服 account, and the counters of its rules."""

    open_kfid: str
    external_userid: str
    service_state: int = 4
    servicer_userid: str | None = None
    customer_wrote_at: float | None = None
    welcomed_at: float | None = None
    sent_since: int = 0


class AppChat(Chat):
    """A member's chat with an app."""

    agentid: int
    userid: str


class KfItem(BaseModel):
    """One entry of the log that `kf/sync_msg` reads."""

    seq: int
    open_kfid: str
    at: float
    item: dict[str, Any]


class KfCode(BaseModel):
    """A code for `kf/send_msg_on_event`: single use, for some message types, until a moment."""

    open_kfid: str
    external_userid: str
    expires_at: float
    msgtypes: tuple[str, ...]
    welcome: bool = False
    used: bool = False


class Sent(BaseModel):
    """A message that an app sent with `message/send`."""

    msgid: str
    agentid: int
    at: float
    userids: list[str]
    card_type: str | None = None


class ResponseCode(BaseModel):
    """The right to update one card once."""

    agentid: int
    msgid: str
    issued_at: float
    used: bool = False


class Media(BaseModel):
    """What is known of an uploaded file; its bytes lie on the shelf."""

    media_id: str
    type: str
    filename: str
    content_type: str
    created_at: float


class OAuthCode(BaseModel):
    identity: str
    agentid: int | None
    issued_at: float
    used: bool = False


class DuplicateCheck(BaseModel):
    """A request that `enable_duplicate_check` keeps from being delivered twice."""

    until: float
    answer: dict[str, Any]


class State(BaseModel):
    """Everything that a restart must bring back."""

    corp_id: str = ""
    next_seq: int = 1
    kf_chats: dict[str, KfChat] = Field(default_factory=dict)
    kf_log: list[KfItem] = Field(default_factory=list)
    kf_tokens: dict[str, float] = Field(default_factory=dict)
    kf_codes: dict[str, KfCode] = Field(default_factory=dict)
    kf_msgids: dict[str, float] = Field(default_factory=dict)
    app_chats: dict[str, AppChat] = Field(default_factory=dict)
    sent: dict[str, Sent] = Field(default_factory=dict)
    task_ids: dict[int, set[str]] = Field(default_factory=dict)
    response_codes: dict[str, ResponseCode] = Field(default_factory=dict)
    duplicate_checks: dict[str, DuplicateCheck] = Field(default_factory=dict)
    media: dict[str, Media] = Field(default_factory=dict)
    oauth_codes: dict[str, OAuthCode] = Field(default_factory=dict)

    def kf_chat(self, open_kfid: str, external_userid: str) -> KfChat:
        key = f"{open_kfid} {external_userid}"
        if key not in self.kf_chats:
            self.kf_chats[key] = KfChat(open_kfid=open_kfid, external_userid=external_userid)
        return self.kf_chats[key]

    def app_chat(self, agentid: int, userid: str) -> AppChat:
        key = f"{agentid} {userid}"
        if key not in self.app_chats:
            self.app_chats[key] = AppChat(agentid=agentid, userid=userid)
        return self.app_chats[key]

    def take_seq(self) -> int:
        self.next_seq += 1
        return self.next_seq - 1
