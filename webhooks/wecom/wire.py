"""One exchange with WeCom over HTTP: hard timeouts, capped bodies, and answers turned into errors."""

from __future__ import annotations

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import httpx

from bot.errors import CannotProcess, MaybeDone, TryLater, WenzhenError
from webhooks.wecom.errcodes import BUSY, error_for, error_for_status
from webhooks.wecom.http_log import hide_queries

TIMEOUT = httpx.Timeout(5.0, connect=3.0)
MEDIA_TIMEOUT = httpx.Timeout(30.0, connect=3.0)
MAX_ANSWER_BYTES = 20 * 1024 * 1024
BUSY_DELAYS_SECONDS = (0.3, 0.9, 2.7)
PARALLEL_PER_GROUP = 8
"""WeCom answers 45033 from about ten calls at once."""

_SEEN_IP = re.compile(r"from ip: ([0-9a-fA-F.:]+)")

Json = dict[str, Any]


class Effect(StrEnum):
    """What doing a call twice would do. GUARDED: WeCom drops the second one itself."""

    NONE = "none"
    GUARDED = "guarded"
    TWICE = "twice"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One API call; `path` is below `/cgi-bin/`, `tolerate` are errcodes the caller handles itself."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Json | None = None
    files: Mapping[str, tuple[str, bytes, str]] | None = None
    effect: Effect = Effect.NONE
    tolerate: frozenset[int] = frozenset()

    @property
    def group(self) -> str:
        """The first part of the path: what WeCom counts together, roughly."""
        return self.path.split("/", 1)[0]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A whole answer. `data` is its JSON, None when it is a file."""

    status: int
    headers: httpx.Headers
    body: bytes
    data: Json | None

    @property
    def errcode(self) -> int:
        """0 when WeCom left it out, as it does on success."""
        code = (self.data or {}).get("errcode", 0)
        return code if isinstance(code, int) else BUSY


class Wire:
    """Speaks to one WeCom; `http` has its base URL (https://qyapi.weixin.qq.com)."""

    def __init__(
        self, http: httpx.AsyncClient, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        hide_queries()
        self._http = http
        self._sleep = sleep
        self._groups: dict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(PARALLEL_PER_GROUP)
        )

    async def ask(self, call: Call) -> Json:
        """Return the JSON of a successful answer, or raise what its errcode means."""
        answer = await self.exchange(call)
        check(answer, call)
        return json_of(answer, call)

    async def exchange(self, call: Call) -> Answer:
        """Return the answer whatever its errcode; a busy WeCom (-1) is asked again a few times."""
        async with self._groups[call.group]:
            answer = await self._once(call)
            for delay in BUSY_DELAYS_SECONDS:
                if answer.errcode != BUSY:
                    break
                await self._sleep(delay)
                answer = await self._once(call)
        return answer

    async def _once(self, call: Call) -> Answer:
        try:
            return await self._send(call)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            raise TryLater(f"连不上企业微信({call.path})", after_seconds=2) from error
        except httpx.RequestError as error:
            if call.effect is Effect.NONE:
                raise TryLater(f"企业微信没有应答({call.path})", after_seconds=2) from error
            raise MaybeDone(f"已发出,但企业微信没有应答({call.path})") from error

    async def _send(self, call: Call) -> Answer:
        is_media = call.group == "media"
        async with self._http.stream(
            call.method,
            f"/cgi-bin/{call.path}",
            params=dict(call.query),
            content=None if call.body is None else json.dumps(call.body, ensure_ascii=False).encode(),
            files=call.files,
            headers={} if call.body is None else {"Content-Type": "application/json"},
            timeout=MEDIA_TIMEOUT if is_media else TIMEOUT,
        ) as response:
            body = await _capped(response, call)
        if response.status_code != httpx.codes.OK:
            raise _unusable(response.status_code, call)
        return Answer(
            status=response.status_code, headers=response.headers, body=body, data=_json(response, body)
        )


def json_of(answer: Answer, call: Call) -> Json:
    """Return the answer's JSON; a 200 without any comes from something in between."""
    if answer.data is None:
        raise _unusable(answer.status, call)
    return answer.data


def _unusable(status: int, call: Call) -> WenzhenError:
    return error_for_status(status, call.path, repeatable=call.effect is not Effect.TWICE)


def check(answer: Answer, call: Call) -> None:
    """Raise what the errcode means, unless it is 0 or the caller handles it."""
    code = answer.errcode
    if code == 0 or code in call.tolerate:
        return
    # The text is for people, but the address that WeCom saw stands nowhere else.
    seen = _SEEN_IP.search(str((answer.data or {}).get("errmsg", ""))) if code == 60020 else None
    raise error_for(code, call.path, seen_ip=seen.group(1) if seen else "")


async def _capped(response: httpx.Response, call: Call) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise CannotProcess(f"企业微信返回的内容超过 20 MB({call.path})")
    return bytes(body)


def _json(response: httpx.Response, body: bytes) -> Json | None:
    """Return the JSON answer; a file keeps its name in Content-Disposition, an error never has one."""
    kind = response.headers.get("content-type", "")
    if "content-disposition" in response.headers or not ("json" in kind or kind.startswith("text/")):
        return None
    try:
        data = _parsed(body)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _parsed(body: bytes) -> Any:
    """Return the JSON, with a sign in the place of what is no letter: half a pair could not be stored."""
    data = json.loads(body.decode("utf-8-sig", "replace"))
    if b"\\ud" not in body.lower():
        return data
    return json.loads(json.dumps(data, ensure_ascii=False).encode(errors="replace"))
