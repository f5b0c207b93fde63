"""Access tokens: one per secret, early revocation, and the ban after many bad secrets."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from webhooks.simulator.ceilings import Ceilings
from webhooks.simulator.faults import Faults, Limits
from webhooks.simulator.refusal import Refusal, require
from webhooks.simulator.world import Door


@dataclass
class _Token:
    door: str
    expires_at: float
    revoked: bool = False


class Tokens:
    """Gives out tokens and knows whose they are. They do not survive a restart: that is one more surprise."""

    def __init__(
        self,
        corp_id: str,
        doors: Mapping[str, Door],
        *,
        clock: Callable[[], float],
        limits: Limits,
    ) -> None:
        self._corp_id = corp_id
        self._doors = doors
        self._clock = clock
        self._limits = limits
        self._ceilings = Ceilings(clock)
        self._tokens: dict[str, _Token] = {}

    def fetch(self, query: Mapping[str, str], ip: str, faults: Faults) -> tuple[str, int]:
        """Answer gettoken: the token and the seconds it will still live."""
        # What a banned address is told is not published; 45009 is our choice.
        require(not self._ceilings.blocked(ip), 45009, "address blocked after many bad secrets")
        require(query.get("corpid") == self._corp_id, 40013)
        door = self._door_by_secret(query.get("corpsecret", ""), ip)
        live = self._live_token(door.name)
        if live and faults.fresh_tokens:
            self._tokens[live].revoked = True
            live = None
        token = live or self._issue(door.name)
        return token, max(1, int(self._tokens[token].expires_at - self._clock()))

    def door_of(self, token: str | None) -> Door:
        """Return the door that a business call's token belongs to."""
        require(token, 41001)
        known = self._tokens.get(token or "")
        if known is None or known.revoked:
            raise Refusal(40014)
        require(self._clock() < known.expires_at, 42001)
        return self._doors[known.door]

    def revoke_all(self) -> None:
        for token in self._tokens.values():
            token.revoked = True

    def _door_by_secret(self, secret: str, ip: str) -> Door:
        for door in self._doors.values():
            if secret and hmac.compare_digest(door.keys.secret.encode(), secret.encode()):
                return door
        if not self._ceilings.allows(ip, self._limits.bad_secrets_before_ban - 1, self._limits.ban_seconds):
            self._ceilings.block(ip, self._limits.ban_seconds)
        raise Refusal(40001)

    def _live_token(self, door: str) -> str | None:
        now = self._clock()
        for text, token in self._tokens.items():
            if token.door == door and not token.revoked and now < token.expires_at:
                return text
        return None

    def _issue(self, door: str) -> str:
        text = secrets.token_urlsafe(160)
        self._tokens[text] = _Token(door=door, expires_at=self._clock() + self._limits.token_seconds)
        return text
