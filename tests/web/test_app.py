"""The application: pages for what went wrong leak nothing, and every answer carries its headers."""

import httpx
import pytest
from fastapi import APIRouter

from bot.errors import CannotProcess, FixSettings, Refused, TryLater
from web.app import create_app
from web.headers import HeaderPolicy
from web.health import health_router

MARKER = "secret-marker-8461"


class Burst(RuntimeError):
    """An error that nobody expected."""


@pytest.fixture
def broken():
    router = APIRouter()
    errors = {
        "crash": Burst(MARKER),
        "refused": Refused(MARKER),
        "busy": TryLater(MARKER),
        "done": CannotProcess(MARKER),
        "settings": FixSettings(MARKER),
    }

    @router.get("/fail/{how}")
    async def fail(how: str) -> None:
        raise errors[how]

    @router.get("/number/{number}")
    async def number(number: int) -> int:
        return number

    return create_app(routers=[router, health_router({})], policy=HeaderPolicy())


def visit(app, accept="text/html", scheme="http") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(
        transport=transport, base_url=f"{scheme}://127.0.0.1", headers={"accept": accept}
    )


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nowhere", 404, "没有找到"),
        ("/fail/refused", 404, "没有找到"),
        ("/fail/busy", 503, "暂时忙不过来"),
        ("/fail/done", 409, "已经处理过了"),
        ("/fail/crash", 500, "出了点问题"),
        ("/fail/settings", 500, "系统还没有设置好"),
        (f"/number/{MARKER}", 422, "内容不完整"),
    ],
)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
async def test_errors_are_short_chinese_and_leak_nothing(broken, path, status, words, accept):
    async with visit(broken, accept) as client:
        answer = await client.get(path)
    assert answer.status_code == status
    assert words in answer.text
    assert MARKER not in answer.text
    assert answer.headers["content-type"].startswith(accept)


@pytest.mark.parametrize(
    "path", ["/nowhere", "/fail/crash", "/fail/settings", "/healthz", "/static/tokens.css"]
)
async def test_every_answer_carries_the_security_headers(broken, path):
    async with visit(broken) as client:
        headers = (await client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")
    assert "strict-transport-security" not in headers


async def test_over_https_browsers_are_told_to_stay_there(broken):
    async with visit(broken, scheme="https") as client:
        assert "strict-transport-security" in (await client.get("/healthz")).headers


async def test_an_unchanged_asset_is_not_sent_again(broken):
    async with visit(broken) as client:
        tag = (await client.get("/static/tokens.css")).headers["etag"]
        again = await client.get("/static/tokens.css", headers={"if-none-match": tag})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/static/..%2fapp.py", "/static/%2e%2e/app.py", "/static/nothing.css"])
async def test_nothing_outside_the_assets_is_served(broken, path):
    async with visit(broken) as client:
        assert (await client.get(path)).status_code == 404


async def test_api_descriptions_are_not_published(broken):
    async with visit(broken) as client:
        for path in ("/docs", "/redoc", "/openapi.json"):
            assert (await client.get(path)).status_code == 404
