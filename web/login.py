"""Sign-in: WeCom's OAuth for the real thing, a link on the own machine for the demo."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter
from itsdangerous import BadData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.errors import MaybeDone, Refused
from web.sessions import Sessions, signer

STATE_COOKIE = "wenzhen-login"
STATE_SECONDS = 10 * 60
HOME = "/sidebar"
Exchange = Callable[[str], Awaitable[str]]


@dataclass(frozen=True, kw_only=True)
class OAuth:
    """WeCom's web sign-in; `exchange` turns a code into a userid or raises `Refused`.

    Source: https://developer.work.weixin.qq.com/document/path/91022
    """

    authorize_url: str
    corp_id: str
    agent_id: str
    callback_url: str
    exchange: Exchange

    def address(self, state: str) -> str:
        """Return where the browser goes to sign in; WeCom insists on the fragment."""
        query = urlencode(
            {
                "appid": self.corp_id,
                "redirect_uri": self.callback_url,
                "response_type": "code",
                "scope": "snsapi_base",
                "state": state,
                "agentid": self.agent_id,
            }
        )
        return f"{self.authorize_url}?{query}#wechat_redirect"


class LoginStates:
    """Binds a sign-in to the browser that began it: 10 minutes, one use."""

    def __init__(self, *, secret: str, clock: Callable[[], float]) -> None:
        self._signer = signer(secret, "login")
        self._clock = clock
        self._used: dict[str, float] = {}

    def issue(self, next_path: str) -> tuple[str, str]:
        """Return a new state (256 random bits, letters and digits) and the cookie that goes with it."""
        state = secrets.token_hex(32)
        cookie = self._signer.dumps({"state": state, "next": next_path, "at": self._clock()})
        return state, cookie if isinstance(cookie, str) else cookie.decode()

    def redeem(self, state: str, cookie: str) -> str:
        """Return where to go next; raises `Refused` when the state is foreign, old or used."""
        try:
            fields = self._signer.loads(cookie)
        except BadData as error:
            raise Refused("login state without its cookie") from error
        now = self._clock()
        self._used = {used: at for used, at in self._used.items() if now - at < STATE_SECONDS}
        fresh = 0 <= now - fields["at"] < STATE_SECONDS and state not in self._used
        if not fresh or not secrets.compare_digest(state.encode(), fields["state"].encode()):
            raise Refused("login state is foreign, old or used")
        self._used[state] = fields["at"]
        return local_path(fields["next"])


def login_router(
    *, sessions: Sessions, demo: bool = False, oauth: OAuth | None = None, states: LoginStates | None = None
) -> APIRouter:
    """Offer `/demo/login` when `demo`, and `/login` with its callback when `oauth` and `states` are given."""
    router = APIRouter()
    if demo:
        _add_demo(router, sessions)
    if oauth and states:
        _add_oauth(router, sessions, oauth, states)
    return router


def _add_demo(router: APIRouter, sessions: Sessions) -> None:
    @router.get("/demo/login")
    async def demo_login(request: Request) -> Response:
        rep_id = request.query_params.get("as", "")
        if not is_own_machine(request) or not rep_id or len(rep_id) > 64:
            raise HTTPException(403)
        response = RedirectResponse(local_path(request.query_params.get("next", HOME)), status_code=303)
        sessions.begin(response, rep_id)
        return response


def _add_oauth(router: APIRouter, sessions: Sessions, oauth: OAuth, states: LoginStates) -> None:
    secure = oauth.callback_url.startswith("https:")

    @router.get("/login")
    async def login(request: Request) -> Response:
        state, cookie = states.issue(local_path(request.query_params.get("next", HOME)))
        response = RedirectResponse(oauth.address(state), status_code=303)
        response.set_cookie(
            STATE_COOKIE,
            cookie,
            max_age=STATE_SECONDS,
            path="/login",
            httponly=True,
            samesite="lax",
            secure=secure,
        )
        return response

    @router.get("/login/callback")
    async def callback(request: Request) -> Response:
        code, state = request.query_params.get("code", ""), request.query_params.get("state", "")
        try:
            next_path = states.redeem(state, request.cookies.get(STATE_COOKIE, ""))
            rep_id = await _exchanged(oauth, code)
        except Refused as error:
            raise HTTPException(403) from error
        except MaybeDone as error:
            raise HTTPException(503) from error
        response = RedirectResponse(next_path, status_code=303)
        response.delete_cookie(STATE_COOKIE, path="/login")
        sessions.begin(response, rep_id)
        return response


async def _exchanged(oauth: OAuth, code: str) -> str:
    if not 0 < len(code.encode()) <= 512:
        raise Refused("login code missing or too long")
    return await oauth.exchange(code)


def local_path(target: str) -> str:
    """Return `target` when it is a path on this site, else the start page."""
    plain = target.isprintable() and "\\" not in target and not target.startswith("//")
    if not plain or not target.startswith("/"):
        return HOME
    parts = urlsplit(target)
    return HOME if parts.scheme or parts.netloc else target


def is_own_machine(request: Request) -> bool:
    """Say whether browser and server share one machine, and no proxy or foreign name stands between."""
    if any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip")):
        return False
    client = request.client.host if request.client else ""
    return _is_loopback(client) and _is_loopback(request.url.hostname or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
