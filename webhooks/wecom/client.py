"""Business calls with the right token: a stale one is replaced and the call made once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from webhooks.wecom.errcodes import STALE_TOKEN
from webhooks.wecom.tokens import TokenSource
from webhooks.wecom.wire import Answer, Call, Effect, Json, Wire, check, json_of


class Client:
    """The API families stand on this: `Messages`, `Kf`, `Media`, `Contacts`, `Login`."""

    def __init__(self, wire: Wire, tokens: TokenSource) -> None:
        self._wire = wire
        self._tokens = tokens

    async def get(
        self, path: str, query: Mapping[str, str] | None = None, *, tolerate: frozenset[int] = frozenset()
    ) -> Json:
        """Read something."""
        return await self.json(Call(method="GET", path=path, query=query or {}, tolerate=tolerate))

    async def post(
        self,
        path: str,
        body: Json,
        *,
        effect: Effect = Effect.NONE,
        tolerate: frozenset[int] = frozenset(),
    ) -> Json:
        """Ask or do something; `effect` says what a second time would do."""
        return await self.json(Call(method="POST", path=path, body=body, effect=effect, tolerate=tolerate))

    async def json(self, call: Call) -> Json:
        """Return the JSON of a successful (or tolerated) answer, or raise what its errcode means."""
        return json_of(await self.exchange(call), call)

    async def exchange(self, call: Call) -> Answer:
        """Return a successful (or tolerated) answer, JSON or file."""
        token = await self._tokens.token()
        answer = await self._wire.exchange(_with(token, call))
        if answer.errcode in STALE_TOKEN:
            token = await self._tokens.token(bad=token)
            answer = await self._wire.exchange(_with(token, call))
        check(answer, call)
        return answer


def _with(token: str, call: Call) -> Call:
    return replace(call, query={"access_token": token, **call.query})
