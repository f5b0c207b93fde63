"""The door: checks, opens and stores a callback, then answers. No work is done in here.

What is not WeCom's gets 403, what is too large 413, always with an empty body. WeCom waits five
seconds and tries three times in all (page 90238), so a busy store is waited for a little.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from bot.errors import TryLater
from webhooks.wecom.counters import Counters
from webhooks.wecom.envelope import Envelope, SignedQuery
from webhooks.wecom.events import KfSignal, Unknown, delivery_key, typed
from webhooks.wecom.refusal import Refusal
from webhooks.wecom.xml_reader import Fields, read_xml

MAX_BODY_BYTES = 64 * 1024
STORE_BUDGET_SECONDS = 4.0
RETRY_DELAYS_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""Together less than the budget, which is less than WeCom's five seconds."""

_LENGTH = re.compile(r"[0-9]{1,12}", re.ASCII)

log = logging.getLogger(__name__)


class DoorKind(StrEnum):
    """What stands behind a door: a self-built app (自建应用) or 微信客服."""

    APP = "app"
    KF = "kf"


@dataclass(frozen=True, kw_only=True)
class Door:
    """One callback address; `name` is its last path part and the channel that reads from it."""

    name: str
    kind: DoorKind
    envelope: Envelope


@dataclass(frozen=True, kw_only=True)
class NewDelivery:
    """What has to be durable before WeCom hears 200; the same `key` is the same delivery."""

    door: str
    key: str
    lane: str
    payload: dict[str, Any]
    received_at: datetime


StoreDelivery = Callable[[NewDelivery], Awaitable[None]]


def callback_router(
    doors: Mapping[str, Door],
    store_delivery: StoreDelivery,
    *,
    counters: Counters,
    clock: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    store_budget_seconds: float = STORE_BUDGET_SECONDS,
) -> APIRouter:
    """Serve GET (URL check) and POST (callbacks) at `/callbacks/wecom/{door}`.

    `store_delivery` returns once the delivery is durable, also when it was before; it raises
    `TryLater` when it could not be stored now.
    """
    desk = _Desk(
        doors=doors,
        store_delivery=store_delivery,
        counters=counters,
        clock=clock,
        sleep=sleep,
        store_budget_seconds=store_budget_seconds,
    )
    router = APIRouter()
    path = "/callbacks/wecom/{door}"
    router.add_api_route(path, desk.check_url, methods=["GET"], include_in_schema=False)
    router.add_api_route(path, desk.receive, methods=["POST"], include_in_schema=False)
    return router


class _TooLarge(Exception):
    """The body passed the cap."""


@dataclass(frozen=True, kw_only=True)
class _Desk:
    doors: Mapping[str, Door]
    store_delivery: StoreDelivery
    counters: Counters
    clock: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    store_budget_seconds: float

    async def check_url(self, door: str, request: Request) -> Response:
        """Answer the check that saving the address in the admin console makes."""
        if door not in self.doors:
            return Response(status_code=404)
        try:
            query = SignedQuery.from_pairs(request.query_params.multi_items())
            echo = self.doors[door].envelope.echo(query, now=self.clock().timestamp())
        except Refusal as refusal:
            return self._refuse(door, refusal)
        return Response(echo, media_type="text/plain")

    async def receive(self, door: str, request: Request) -> Response:
        """Take one callback."""
        if door not in self.doors:
            return Response(status_code=404)
        try:
            query = SignedQuery.from_pairs(request.query_params.multi_items())
            delivery = self._opened(self.doors[door], query, await _capped_body(request))
        except Refusal as refusal:
            return self._refuse(door, refusal)
        except _TooLarge:
            self.counters.too_large += 1
            return Response(status_code=413)
        except ClientDisconnect:
            return Response(status_code=400)
        return await self._store(delivery)

    def _opened(self, door: Door, query: SignedQuery, body: bytes) -> NewDelivery:
        received_at = self.clock()
        message = door.envelope.open(query, body, now=received_at.timestamp())
        fields = read_xml(message)
        lane, payload, unknown = _sorted(door.kind, fields)
        if unknown:
            self.counters.unknown[f"{door.kind}.{unknown}"] += 1
        return NewDelivery(
            door=door.name,
            key=delivery_key(door.name, fields, message),
            lane=lane,
            payload=payload,
            received_at=received_at,
        )

    async def _store(self, delivery: NewDelivery) -> Response:
        try:
            async with asyncio.timeout(self.store_budget_seconds):
                stored = await self._stored(delivery)
        except TimeoutError:
            stored = False
        if not stored:
            self.counters.not_stored += 1
            log.warning("callback.not_stored door=%s", delivery.door)
            return Response(status_code=503)
        self.counters.stored += 1
        log.info("callback.stored door=%s", delivery.door)
        return Response(status_code=200)

    async def _stored(self, delivery: NewDelivery) -> bool:
        for delay in (*RETRY_DELAYS_SECONDS, None):
            try:
                await self.store_delivery(delivery)
            except TryLater:
                if delay is not None:
                    await self.sleep(delay)
            else:
                return True
        return False

    def _refuse(self, door: str, refusal: Refusal) -> Response:
        self.counters.refused[refusal.reason] += 1
        log.warning("callback.refused door=%s reason=%d", door, refusal.reason)
        return Response(status_code=403)


def _sorted(kind: DoorKind, fields: Fields) -> tuple[str, dict[str, Any], str | None]:
    """Return the lane, the payload to store, and the kind if we do not know it."""
    callback = typed(fields)
    if kind is DoorKind.APP:
        unknown = callback.kind if isinstance(callback, Unknown) else None
        return f"read:app:{callback.from_user}", {"fields": fields}, unknown
    if isinstance(callback, KfSignal):
        payload = {"token": callback.token, "open_kfid": callback.open_kfid}
        return f"read:kf:{callback.open_kfid}", payload, None
    unknown = callback.kind if isinstance(callback, Unknown) else type(callback).__name__
    return "read:kf:", {"fields": fields}, unknown


async def _capped_body(request: Request) -> bytes:
    """Read the body as long as it is small: nothing parses, signs or decrypts a large one."""
    announced = request.headers.get("content-length", "")
    if _LENGTH.fullmatch(announced) and int(announced) > MAX_BODY_BYTES:
        raise _TooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise _TooLarge
    return bytes(body)
