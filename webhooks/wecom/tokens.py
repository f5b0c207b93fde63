"""Access tokens (page 91039): one per corp and secret, shared, fetched once however many ask."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from bot.errors import FixSettings, TryLater
from webhooks.wecom.wire import Call, Wire

USABLE_SHARE = 0.95
"""Of the life WeCom promises: the last minutes are left, calls under way need them."""
PAUSE_AFTER_REFUSAL = timedelta(seconds=60)
"""A wrong secret asked too often blocks our address for an hour."""

log = logging.getLogger(__name__)


class TokenStore(Protocol):
    """Where tokens are shared between processes; `name` is `corp id:secret family`."""

    async def get(self, name: str) -> tuple[str, datetime] | None:
        """Return the token and until when to use it."""
        ...

    async def put(self, name: str, token: str, expires_at: datetime) -> None:
        """Replace the token."""
        ...


class TokenSource:
    """The token of one corp and secret family (`app`, `kf`, `contact`)."""

    def __init__(
        self,
        *,
        wire: Wire,
        corp_id: str,
        family: str,
        secret: str,
        store: TokenStore,
        clock: Callable[[], datetime],
    ) -> None:
        self._wire = wire
        self._corp_id = corp_id
        self._secret = secret
        self._store = store
        self._clock = clock
        self._name = f"{corp_id}:{family}"
        self._fetching = asyncio.Lock()
        self._refused_until: datetime | None = None

    async def token(self, *, bad: str | None = None) -> str:
        """Return a token; `bad` is one that WeCom just refused and that must not come back."""
        known = await self._usable(bad)
        if known:
            return known
        async with self._fetching:
            # Whoever waited here finds what the first one fetched.
            return await self._usable(bad) or await self._fetch()

    async def _usable(self, bad: str | None) -> str | None:
        found = await self._store.get(self._name)
        if found is None:
            return None
        token, expires_at = found
        return token if token != bad and expires_at > self._clock() else None

    async def _fetch(self) -> str:
        now = self._clock()
        if self._refused_until and now < self._refused_until:
            raise FixSettings("企业微信刚刚拒绝了 Secret,请检查企业 ID 和 Secret")
        try:
            answer = await self._wire.ask(
                Call(
                    method="GET",
                    path="gettoken",
                    query={"corpid": self._corp_id, "corpsecret": self._secret},
                )
            )
        except FixSettings:
            self._refused_until = now + PAUSE_AFTER_REFUSAL
            raise
        token, expires_in = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(expires_in, int):
            raise TryLater("企业微信没有给出 access_token(gettoken)", after_seconds=5)
        await self._store.put(self._name, token, now + timedelta(seconds=expires_in * USABLE_SHARE))
        log.info("token.fetched name=%s expires_in=%d", self._name, expires_in)
        return token
