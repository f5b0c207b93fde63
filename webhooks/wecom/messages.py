"""App messages (pages 90236, 94888, 94867): send, update a card, recall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webhooks.wecom.client import Client
from webhooks.wecom.cutting import cut_bytes
from webhooks.wecom.limits import MemberLimit
from webhooks.wecom.wire import Effect, Json

TEXT_BYTES = 2048
DUPLICATE_SECONDS = 600
KINDS = frozenset({"text", "markdown", "image", "voice", "file", "template_card"})


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """`message_id` recalls it, `response_code` updates its card; `dropped` ids come in lower case."""

    message_id: str | None
    response_code: str | None
    dropped: tuple[str, ...]


class Messages:
    """Sends as one app."""

    def __init__(self, client: Client, *, agent_id: int, limit: MemberLimit) -> None:
        self._client = client
        self._agent_id = agent_id
        self._limit = limit

    async def send(self, member: str, kind: str, body: Json, *, guard_duplicates: bool) -> Accepted:
        """Send to one member; `body` is WeCom's own JSON for `kind`, texts over 2048 bytes are cut.

        With `guard_duplicates` WeCom drops an identical message of the last ten minutes.
        """
        self._limit.admit(member)
        request: Json = {
            "touser": member,
            "msgtype": kind,
            "agentid": self._agent_id,
            kind: _fitting(kind, body),
        }
        if guard_duplicates:
            request |= {"enable_duplicate_check": 1, "duplicate_check_interval": DUPLICATE_SECONDS}
        effect = Effect.GUARDED if guard_duplicates else Effect.TWICE
        answer = await self._client.post("message/send", request, effect=effect)
        return Accepted(
            message_id=answer.get("msgid"),
            response_code=answer.get("response_code"),
            dropped=_dropped(answer),
        )

    async def update_card(
        self, response_code: str, members: Sequence[str], *, card: Json | None = None, label: str = ""
    ) -> tuple[str, ...]:
        """Replace a card, or its buttons by an inert `label`, for these members; returns those it missed.

        A response code works once, within 72 hours (42022 and 60140: `CannotProcess`).
        """
        change: Json = {"button": {"replace_name": label}} if card is None else {"template_card": card}
        request = {
            "userids": list(members),
            "agentid": self._agent_id,
            "response_code": response_code,
            **change,
        }
        answer = await self._client.post("message/update_template_card", request, effect=Effect.GUARDED)
        missed = answer.get("invaliduser") or ()
        return tuple(missed) if isinstance(missed, list) else ()

    async def recall(self, message_id: str) -> None:
        """Take a message back, within 24 hours of sending."""
        await self._client.post("message/recall", {"msgid": message_id}, effect=Effect.GUARDED)


def _fitting(kind: str, body: Json) -> Json:
    content: Any = body.get("content")
    if kind in {"text", "markdown"} and isinstance(content, str):
        return {**body, "content": cut_bytes(content, TEXT_BYTES)}
    return body


def _dropped(answer: Json) -> tuple[str, ...]:
    names = ("invaliduser", "invalidparty", "invalidtag", "unlicenseduser")
    return tuple(dropped for name in names for dropped in str(answer.get(name) or "").split("|") if dropped)
