"""Security headers on every answer: what a page may load, who may frame it, what may be kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True, kw_only=True)
class HeaderPolicy:
    """Who may put our pages into a frame, and whom our pages may frame.

    Only paths that begin with one of `framed_paths` may stand in a frame of `frame_ancestors`
    (origins such as `https://work.weixin.qq.com`); all others in none.
    """

    frame_ancestors: tuple[str, ...] = ()
    frame_sources: tuple[str, ...] = ()
    framed_paths: tuple[str, ...] = ("/sidebar", "/login", "/demo/login")

    def headers(self, path: str, scheme: str) -> Mapping[str, str]:
        """Return the headers for an answer at `path`."""
        headers = {
            "content-security-policy": self._content_policy(path),
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "permissions-policy": "camera=(), geolocation=(), microphone=()",
            "cache-control": "no-cache" if _is_asset(path) else "no-store",
        }
        if scheme == "https":
            headers["strict-transport-security"] = "max-age=31536000"
        return headers

    def _content_policy(self, path: str) -> str:
        framed = path.startswith(self.framed_paths)
        ancestors = " ".join(self.frame_ancestors) if framed else ""
        frames = " ".join(self.frame_sources)
        rules = {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "img-src": "'self' data:",
            "connect-src": "'self'",
            "form-action": "'self'",
            "base-uri": "'none'",
            "frame-src": frames or "'none'",
            "frame-ancestors": ancestors or "'none'",
        }
        return "; ".join(f"{name} {value}" for name, value in rules.items())


class SecurityHeaders:
    """ASGI middleware that puts a policy's headers on every HTTP answer; what a route set itself stays."""

    def __init__(self, app: ASGIApp, policy: HeaderPolicy) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._policy.headers(scope["path"], scope["scheme"]).items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _is_asset(path: str) -> bool:
    return "/static/" in path
