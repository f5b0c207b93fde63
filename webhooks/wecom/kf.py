"""微信客服 (pages 94670, 94677, 95122, 94669, 95159): pull, send, session state, customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webhooks.wecom.client import Client
from webhooks.wecom.cutting import cut_bytes
from webhooks.wecom.wire import Effect, Json

TEXT_BYTES = 2048
BAD_SYNC_TOKEN = 95007
KEY_REFUSED = 40058
"""Which code names a used msgid is not published; a bad parameter would have failed the first time."""
PAGE_SIZE = 50
"""WeCom allows 1,000; a page is stored in one unit, and everybody else waits for it (`bot/store/store.py`)."""


@dataclass(frozen=True, kw_only=True)
class KfPage:
    """One page of the log; go on while `has_more`, also when `items` is empty."""

    items: tuple[Json, ...]
    next_cursor: str
    has_more: bool


@dataclass(frozen=True, kw_only=True)
class SessionState:
    """0 new, 1 assistant, 2 waiting, 3 a servicer has it, 4 ended."""

    state: int
    servicer: str | None


class Kf:
    """Calls with the 微信客服 secret."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def sync(self, open_kfid: str, *, cursor: str | None, token: str | None) -> KfPage:
        """Return the page after `cursor`, from three days ago when None.

        The signal's token lifts the rate limit for ten minutes; when it is worn out the page is
        asked for without it.
        """
        request: Json = {"open_kfid": open_kfid, "limit": PAGE_SIZE, "voice_format": 0}
        if cursor:
            request["cursor"] = cursor
        with_token = request | {"token": token} if token else request
        tolerate = frozenset({BAD_SYNC_TOKEN}) if token else frozenset()
        answer = await self._client.post("kf/sync_msg", with_token, tolerate=tolerate)
        if answer.get("errcode") == BAD_SYNC_TOKEN:
            answer = await self._client.post("kf/sync_msg", request)
        return _page(answer, cursor)

    async def send(
        self, open_kfid: str, customer: str, *, kind: str, body: Json, key: str, repeat: bool = False
    ) -> str:
        """Send to a customer; returns WeCom's id of the message. `key` makes a second one the same.

        With `repeat`, a refusal of the key means that the earlier attempt arrived.

        WeCom allows it within 48 hours and five times after the customer's last words, and only
        while no servicer has the session. Accepted is not delivered: `msg_send_fail` may follow.
        """
        request = {
            "touser": customer,
            "open_kfid": open_kfid,
            "msgid": key,
            "msgtype": kind,
            kind: _fitting(kind, body),
        }
        tolerate = frozenset({KEY_REFUSED}) if repeat else frozenset()
        answer = await self._client.post("kf/send_msg", request, effect=Effect.GUARDED, tolerate=tolerate)
        return str(answer.get("msgid") or key)

    async def send_on_event(self, code: str, *, kind: str, body: Json, key: str) -> str:
        """Send a welcome or farewell with the single-use code of an event; returns its id."""
        request = {"code": code, "msgid": key, "msgtype": kind, kind: _fitting(kind, body)}
        answer = await self._client.post("kf/send_msg_on_event", request, effect=Effect.GUARDED)
        return str(answer.get("msgid") or key)

    async def session(self, open_kfid: str, customer: str) -> SessionState:
        """Return who has the session."""
        request = {"open_kfid": open_kfid, "external_userid": customer}
        answer = await self._client.post("kf/service_state/get", request)
        return SessionState(
            state=int(answer.get("service_state", 0)), servicer=answer.get("servicer_userid") or None
        )

    async def move_session(
        self, open_kfid: str, customer: str, state: int, *, servicer: str | None = None
    ) -> str | None:
        """Hand the session on; returns the code for one message about it, where there is one."""
        request: Json = {"open_kfid": open_kfid, "external_userid": customer, "service_state": state}
        if servicer:
            request["servicer_userid"] = servicer
        answer = await self._client.post("kf/service_state/trans", request, effect=Effect.GUARDED)
        return answer.get("msg_code") or None

    async def customers(self, ids: Sequence[str]) -> tuple[Json, ...]:
        """Return what is known of up to 100 customers; unknown ones are left out."""
        answer = await self._client.post("kf/customer/batchget", {"external_userid_list": list(ids)})
        return _objects(answer.get("customer_list"))


def _page(answer: Json, cursor: str | None) -> KfPage:
    return KfPage(
        items=_objects(answer.get("msg_list")),
        next_cursor=str(answer.get("next_cursor") or cursor or ""),
        has_more=answer.get("has_more") == 1,
    )


def _objects(value: Any) -> tuple[Json, ...]:
    return tuple(item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def _fitting(kind: str, body: Json) -> Json:
    content: Any = body.get("content")
    if kind == "text" and isinstance(content, str):
        return {**body, "content": cut_bytes(content, TEXT_BYTES)}
    return body
