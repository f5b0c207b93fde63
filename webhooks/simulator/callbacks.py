"""Encrypted callbacks to the receiver: the time budget, repeats with new ciphertext, URL verification."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from webhooks.simulator.crypto import CryptoError
from webhooks.simulator.envelope import Address, Sealed, open_reply, parse_xml, seal, seal_query, to_xml
from webhooks.simulator.faults import Faults, Limits
from webhooks.simulator.trace import Passage, Trace
from webhooks.simulator.world import Door

log = logging.getLogger(__name__)

EXCERPT_CHARACTERS = 24


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One callback: what it says, and what to do with an answer in its body (returns a trace detail)."""

    door: str
    name: str
    fields: Mapping[str, Any]
    on_reply: Callable[[dict[str, Any]], str] | None = None


@dataclass(frozen=True, kw_only=True)
class Rhythm:
    """Time, and the figures that say when to give up."""

    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    limits: Limits


class Sender:
    """Sends deliveries to the callback URLs of the doors. A delivery is repeated, its content never changes."""

    def __init__(
        self,
        doors: Mapping[str, Door],
        client: httpx.AsyncClient,
        *,
        corp_id: str,
        rhythm: Rhythm,
        faults: Faults,
        trace: Trace,
    ) -> None:
        self._doors = doors
        self._client = client
        self._corp_id = corp_id
        self._rhythm = rhythm
        self._faults = faults
        self._trace = trace

    async def deliver(self, delivery: Delivery) -> None:
        """Deliver with up to three attempts; extra copies (a fault) go out at the same moment."""
        door = self._doors[delivery.door]
        if self._faults.lose_callbacks or not door.keys.callback_url:
            reason = "lost on purpose" if self._faults.lose_callbacks else "no callback URL"
            self._trace.add(Passage(kind="callback", name=delivery.name, status="lost", ms=0, detail=reason))
            return
        message = self._write(door, delivery.fields)
        copies = max(1, self._faults.duplicate_callbacks)
        await asyncio.gather(
            self._persist(door, delivery, message),
            *(self._attempt(door, delivery, message, 1) for _ in range(copies - 1)),
        )

    async def verify(self, door: Door) -> str:
        """Do the GET of saving a URL; return "" when it passed, else the reason why not."""
        echo = str(secrets.randbelow(10**19)).encode()
        try:
            query, encrypt = seal_query(door.cipher(), echo, now=self._rhythm.clock())
        except CryptoError as error:
            return str(error)
        started = time.perf_counter()
        reason = await self._verification(door.keys.callback_url, {**query, "echostr": encrypt}, echo)
        self._trace.add(
            Passage(
                kind="callback",
                name="url_verification",
                status="failed" if reason else "200",
                ms=_milliseconds_since(started),
                detail=reason or f"echostr {encrypt[:EXCERPT_CHARACTERS]}…",
            )
        )
        return reason

    async def _verification(self, url: str, query: dict[str, str], echo: bytes) -> str:
        limit = self._rhythm.limits.verification_seconds
        try:
            request = self._client.get(httpx.URL(url).copy_merge_params(query))
            response = await asyncio.wait_for(request, limit)
        except TimeoutError:
            return f"no answer within {limit:g} s"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return f"connection failed: {type(error).__name__}"
        if response.status_code != httpx.codes.OK:
            return f"HTTP status {response.status_code}"
        if response.content != echo:
            return f"body is not the decrypted echostr ({len(response.content)} bytes, {len(echo)} expected)"
        return ""

    def _write(self, door: Door, fields: Mapping[str, Any]) -> bytes:
        extra = {"UnknownElement": "1"} if self._faults.extra_elements else {}
        content = {**fields, **extra}
        if door.envelope == "json":
            return json.dumps(content, ensure_ascii=False).encode()
        return to_xml(content, cdata=not self._faults.plain_xml)

    async def _persist(self, door: Door, delivery: Delivery, message: bytes) -> None:
        for attempt in range(1, self._rhythm.limits.callback_attempts + 1):
            began = self._rhythm.clock()
            if await self._attempt(door, delivery, message, attempt):
                return
            if attempt < self._rhythm.limits.callback_attempts:
                elapsed = self._rhythm.clock() - began
                await self._rhythm.sleep(max(0.0, self._faults.ack_timeout_seconds - elapsed))
        log.info("callback.given_up door=%s bytes=%d", door.name, len(message))

    async def _attempt(self, door: Door, delivery: Delivery, message: bytes, attempt: int) -> bool:
        agent = "" if door.agentid is None else str(door.agentid)
        sealed = seal(
            door.cipher(),
            door.envelope,
            message,
            Address(to_user=self._corp_id, agent_id=agent),
            now=self._rhythm.clock(),
        )
        started = time.perf_counter()
        status, response = await self._post(door.keys.callback_url, sealed)
        detail = f"{door.name} {sealed.encrypt[:EXCERPT_CHARACTERS]}…"
        if response is not None and response.status_code == httpx.codes.OK and response.content:
            detail += f" {self._take_reply(door, delivery, response.content, sealed.query['nonce'])}"
        self._trace.add(
            Passage(
                kind="callback",
                name=delivery.name,
                status=status,
                ms=_milliseconds_since(started),
                attempt=attempt,
                detail=detail,
            )
        )
        answered = response is not None
        return answered and (status == "200" or not self._faults.retry_non_200)

    async def _post(self, url: str, sealed: Sealed) -> tuple[str, httpx.Response | None]:
        headers = {"content-type": sealed.content_type}
        try:
            target = httpx.URL(url).copy_merge_params(sealed.query)
            request = self._client.post(target, content=sealed.body, headers=headers)
            response = await asyncio.wait_for(request, self._faults.ack_timeout_seconds)
        except TimeoutError:
            return "timeout", None
        except (httpx.HTTPError, httpx.InvalidURL):
            return "connection", None
        return str(response.status_code), response

    def _take_reply(self, door: Door, delivery: Delivery, body: bytes, nonce: str) -> str:
        if body == b"success":
            return "reply: the word success, ignored"
        try:
            plain = open_reply(door.cipher(), door.envelope, body, nonce)
            reply = _read_reply(plain, door.envelope)
        except CryptoError as error:
            return f"reply refused: {error}"
        if delivery.on_reply is None:
            return "reply ignored: none is possible here"
        return delivery.on_reply(reply)


def _read_reply(plain: bytes, envelope: str) -> dict[str, Any]:
    if envelope == "xml":
        return parse_xml(plain)
    try:
        reply = json.loads(plain)
    except ValueError:
        return {}
    return reply if isinstance(reply, dict) else {}


def _milliseconds_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
