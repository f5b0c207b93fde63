"""Who sits at this screen: a signed cookie, 8 hours at most, 30 minutes without a request."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from itsdangerous import BadData, URLSafeSerializer
from starlette.requests import HTTPConnection
from starlette.responses import Response

from bot.errors import FixSettings

MAX_SECONDS = 8 * 3600
IDLE_SECONDS = 30 * 60
RENEW_AFTER_SECONDS = 60
SHORTEST_SECRET = 16


def signer(secret: str, purpose: str) -> URLSafeSerializer:
    """Return a signer whose signatures hold for one purpose only."""
    if len(secret) < SHORTEST_SECRET:
        raise FixSettings(f"the session secret needs at least {SHORTEST_SECRET} characters")
    return URLSafeSerializer(
        secret, salt=f"wenzhen.{purpose}", signer_kwargs={"digest_method": hashlib.sha256}
    )


@dataclass(frozen=True, kw_only=True)
class Session:
    """A sign-in: whose it is, when it began and when it was last seen (Unix seconds)."""

    rep_id: str
    since: float
    seen: float


class Sessions:
    """Begins, reads, renews and ends sessions; `clock` gives Unix seconds, `https` how people reach us."""

    def __init__(self, *, secret: str, clock: Callable[[], float], https: bool = False) -> None:
        self._signer = signer(secret, "session")
        self._clock = clock
        self._https = https
        # The prefix makes browsers refuse such a cookie from a sister domain or without TLS.
        self.cookie = "__Host-wenzhen" if https else "wenzhen"

    def begin(self, response: Response, rep_id: str) -> None:
        """Sign this rep in."""
        now = self._clock()
        self._write(response, Session(rep_id=rep_id, since=now, seen=now))

    def read(self, request: HTTPConnection) -> Session | None:
        """Return the request's session, or None when there is none that still holds."""
        session = self._parse(request.cookies.get(self.cookie, ""))
        if session is None or self.outlived(session):
            return None
        return session if self._clock() - session.seen < IDLE_SECONDS else None

    def current_rep(self, request: HTTPConnection) -> str | None:
        """Return the userid of the rep who is signed in."""
        session = self.read(request)
        return session.rep_id if session else None

    def outlived(self, session: Session) -> bool:
        """Say whether the absolute limit has passed, however busy the session is."""
        return not 0 <= self._clock() - session.since < MAX_SECONDS

    def renew(self, request: HTTPConnection, response: Response) -> None:
        """Push the idle limit out; the absolute limit stays where it was."""
        session = self.read(request)
        if session and self._clock() - session.seen >= RENEW_AFTER_SECONDS:
            fresh = Session(rep_id=session.rep_id, since=session.since, seen=self._clock())
            self._write(response, fresh)

    def end(self, response: Response) -> None:
        """Sign out on this device."""
        response.delete_cookie(self.cookie, httponly=True, samesite="lax", secure=self._https)

    def _write(self, response: Response, session: Session) -> None:
        left = int(session.since + MAX_SECONDS - self._clock())
        value = self._signer.dumps({"rep": session.rep_id, "since": session.since, "seen": session.seen})
        text = value if isinstance(value, str) else value.decode()
        response.set_cookie(
            self.cookie, text, max_age=left, httponly=True, samesite="lax", secure=self._https
        )

    def _parse(self, cookie: str) -> Session | None:
        try:
            fields: dict[str, Any] = self._signer.loads(cookie)
        except BadData:
            return None
        return Session(rep_id=fields["rep"], since=fields["since"], seen=fields["seen"])
