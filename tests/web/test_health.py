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


KEY = "a key for tests only"
STATUS = health.Status(key=KEY, figures={"callbacks": lambda: {"stored": 3}})


async def asked(path, *, status=None, headers=None, **checks) -> httpx.Response:
    app = create_app(routers=[health.health_router(checks, status)])
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1"
    ) as client:
        return await client.get(path, headers=headers)


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


async def test_who_has_the_key_sees_the_figures():
    answer = await asked("/statusz", status=STATUS, headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status_code == 200
    assert answer.json() == {"callbacks": {"stored": 3}}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": KEY},
        {"Authorization": f"Bearer {KEY}x"},
        {"Authorization": b"Bearer \xe9"},
    ],
)
async def test_for_everybody_else_there_are_no_figures(headers):
    answer = await asked("/statusz", status=STATUS, headers=headers)
    assert answer.status_code == 403
    assert "stored" not in answer.text


async def test_the_public_addresses_tell_no_figures():
    for path in ("/healthz", "/readyz"):
        assert "callbacks" not in (await asked(path, status=STATUS, store=fine)).text
