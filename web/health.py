"""Says whether the process is up and whether it can serve; to operators also what it has counted."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.errors import WenzhenError

Check = Callable[[], Awaitable[bool]]
CHECK_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Status:
    """What only an operator may see: figures by name, as JSON, for whoever has the key.

    The key decides, not the address: behind a proxy everybody comes from this machine.
    """

    key: str = field(repr=False)
    figures: Mapping[str, Callable[[], Mapping[str, Any]]]

    def opens(self, authorization: str) -> bool:
        """Tell whether this header holds the key."""
        return hmac.compare_digest(authorization.encode(), f"Bearer {self.key}".encode())


def health_router(checks: Mapping[str, Check], status: Status | None = None) -> APIRouter:
    """Answer `/healthz` at once and `/readyz` by `checks`; one that raises or hangs is not ready.

    `/statusz` answers with the figures of `status`, and with 403 without its key.
    """
    router = APIRouter()

    @router.get("/healthz")
    async def healthz() -> JSONResponse:
        return JSONResponse({"up": True})

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        results = await asyncio.gather(*(_holds(check) for check in checks.values()))
        named = dict(zip(checks, results, strict=True))
        ready = all(results)
        return JSONResponse({"ready": ready, "checks": named}, status_code=200 if ready else 503)

    @router.get("/statusz")
    async def statusz(request: Request) -> JSONResponse:
        if status is None or not status.opens(request.headers.get("authorization", "")):
            raise HTTPException(status_code=403)
        figures = {name: dict(count()) for name, count in status.figures.items()}
        return JSONResponse(figures, headers={"Cache-Control": "no-store"})

    return router


async def _holds(check: Check, seconds: float = CHECK_SECONDS) -> bool:
    try:
        return await asyncio.wait_for(check(), seconds)
    except (WenzhenError, OSError, TimeoutError):
        return False
