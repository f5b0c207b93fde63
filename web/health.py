"""Says whether the process is up and whether it can serve."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter
from starlette.responses import JSONResponse

from bot.errors import WenzhenError

Check = Callable[[], Awaitable[bool]]
CHECK_SECONDS = 2.0


def health_router(checks: Mapping[str, Check]) -> APIRouter:
    """Answer `/healthz` at once and `/readyz` by `checks`; one that raises or hangs is not ready."""
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

    return router


async def _holds(check: Check, seconds: float = CHECK_SECONDS) -> bool:
    try:
        return await asyncio.wait_for(check(), seconds)
    except (WenzhenError, OSError, TimeoutError):
        return False
