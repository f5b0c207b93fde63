"""A small WeCom for the tests of the door and the client: scripted answers, sealed callbacks."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from webhooks.wecom.client import Client
from webhooks.wecom.tokens import TokenSource
from webhooks.wecom.wire import Wire

TOKEN = "appToken2026"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
CORP = "wwcorp"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

Handler = Callable[[httpx.Request], httpx.Response]


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Sleeps:
    """Remembers how long it was asked to sleep and does not."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


class MemoryTokens:
    """A token store in memory."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[str, datetime]] = {}

    async def get(self, name: str) -> tuple[str, datetime] | None:
        await asyncio.sleep(0)
        return self.rows.get(name)

    async def put(self, name: str, token: str, expires_at: datetime) -> None:
        self.rows[name] = (token, expires_at)


class FakeWecom:
    """Answers each path from its script (the last entry repeats); knows which tokens are good."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.scripts: dict[str, list[Any]] = {}
        self.tokens_given = 0
        self.good_token = ""
        self.checks_tokens = True

    def on(self, path: str, *answers: Any) -> None:
        self.scripts[f"/cgi-bin/{path}"] = list(answers)

    def revoke(self) -> None:
        self.good_token = "revoked"

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        # As on a real network, others run while this call is under way.
        await asyncio.sleep(0)
        self.requests.append(request)
        path = request.url.path
        if path in self.scripts:
            if self.checks_tokens and path != "/cgi-bin/gettoken" and not self._token_is_good(request):
                return answer({"errcode": 40014, "errmsg": "invalid access_token"})
            return _played(self.scripts[path], request)
        if path == "/cgi-bin/gettoken":
            self.tokens_given += 1
            self.good_token = f"token-{self.tokens_given}"
            return answer({"errcode": 0, "access_token": self.good_token, "expires_in": 7200})
        return httpx.Response(404)

    def _token_is_good(self, request: httpx.Request) -> bool:
        return request.url.params.get("access_token") == self.good_token

    def sent_to(self, path: str) -> list[dict[str, Any]]:
        """Return the JSON bodies that came to a path."""
        return [
            json.loads(request.content)
            for request in self.requests
            if request.url.path == f"/cgi-bin/{path}" and request.content
        ]

    def count(self, path: str) -> int:
        return sum(request.url.path == f"/cgi-bin/{path}" for request in self.requests)


def _played(script: list[Any], request: httpx.Request) -> httpx.Response:
    step = script.pop(0) if len(script) > 1 else script[0]
    if isinstance(step, Exception):
        raise step
    if isinstance(step, httpx.Response):
        return step
    return answer(step(request) if callable(step) else step)


def answer(data: dict[str, Any]) -> httpx.Response:
    body = json.dumps(data, ensure_ascii=False).encode()
    return httpx.Response(200, content=body, headers={"Content-Type": "application/json; charset=UTF-8"})


def wire_to(wecom: FakeWecom, sleep: Sleeps | None = None) -> Wire:
    http = httpx.AsyncClient(base_url="https://qyapi.example", transport=httpx.MockTransport(wecom))
    return Wire(http, sleep=sleep or Sleeps())


def source_to(wire: Wire, *, clock: Clock | None = None, store: MemoryTokens | None = None) -> TokenSource:
    return TokenSource(
        wire=wire,
        corp_id=CORP,
        family="app",
        secret="app-secret-9f3",
        store=store or MemoryTokens(),
        clock=clock or Clock(),
    )


def client_to(wecom: FakeWecom, sleep: Sleeps | None = None) -> Client:
    wire = wire_to(wecom, sleep)
    return Client(wire, source_to(wire))


def encrypt(
    message: bytes, *, receiver: str = CORP, key: str = KEY, prefix: bytes = b"0123456789abcdef", pad: int = 0
) -> str:
    """Encrypt as WeCom does, without any of our code; `pad` overrides the padding byte."""
    buffer = prefix + struct.pack(">I", len(message)) + message + receiver.encode()
    size = 32 - len(buffer) % 32
    return encrypt_buffer(buffer + bytes([pad or size]) * size, key=key)


def encrypt_buffer(buffer: bytes, *, key: str = KEY) -> str:
    raw_key = base64.b64decode(key + "=")
    encryptor = Cipher(algorithms.AES(raw_key), modes.CBC(raw_key[:16])).encryptor()
    return base64.b64encode(encryptor.update(buffer) + encryptor.finalize()).decode()


def sign(encrypted: str, timestamp: str, nonce: str, token: str = TOKEN) -> str:
    parts = "".join(sorted([token, timestamp, nonce, encrypted]))
    return hashlib.sha1(parts.encode(), usedforsecurity=False).hexdigest()


def signed_query(
    encrypted: str, *, at: datetime = NOW, nonce: str = "n1", token: str = TOKEN
) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    signature = sign(encrypted, timestamp, nonce, token)
    return {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}


def xml_body(encrypted: str) -> bytes:
    return f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><Encrypt>{encrypted}</Encrypt></xml>".encode()


def callback(message: bytes, door: str = "app", **query: Any) -> tuple[str, bytes]:
    """Return the path with its query, and the body, of a sound callback."""
    encrypted = encrypt(message)
    return f"/callbacks/wecom/{door}?{urlencode(signed_query(encrypted, **query))}", xml_body(encrypted)


def event_xml(**elements: Any) -> bytes:
    """Write a callback's inner XML; the order of arguments is kept."""
    inner = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in elements.items())
    return f"<xml>{inner}</xml>".encode()
