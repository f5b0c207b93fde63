"""Health: up at once, ready only when every check holds."""

import asyncio

import httpx
import pytest

from bot.errors import TryLater
from web import health
from web.app import create_app


async def fine() -> bool:
    return True


async def unwell() -> bool:
    return False


async def failing() -> bool:
    raise TryLater("busy")


async def refused() -> bool:
    raise ConnectionRefusedError


async def hanging() -> bool:
    raise TimeoutError


async def asked(path, **checks) -> httpx.Response:
    app = create_app(routers=[health.health_router(checks)])
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1"
    ) as client:
        return await client.get(path)


async def test_up_asks_nobody():
    assert (await asked("/healthz", store=failing)).status_code == 200


async def test_ready_when_every_check_holds():
    answer = await asked("/readyz", store=fine, model=fine)
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "checks": {"store": True, "model": True}}


@pytest.mark.parametrize("bad", [unwell, failing, refused, hanging])
async def test_not_ready_when_one_check_does_not_hold(bad):
    answer = await asked("/readyz", store=fine, model=bad)
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"store": True, "model": False}


async def test_a_check_that_hangs_is_given_up():
    async def forever() -> bool:
        return await asyncio.Event().wait()

    assert await health._holds(forever, seconds=0.01) is False
