"""The demo window's page: what it may load and frame, and under which name it is opened."""

import httpx
import pytest
from fastapi import FastAPI

from web.simulator import demo_router


@pytest.fixture
def app() -> FastAPI:
    made = FastAPI()
    made.include_router(demo_router(product_url="http://127.0.0.1:8000/"))
    return made


def visit(app, base="http://127.0.0.1:8001") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=base)


async def test_the_page_may_frame_the_product_only_and_be_framed_by_nobody(app):
    async with visit(app) as client:
        answer = await client.get("/")
    policy = answer.headers["content-security-policy"]
    assert "frame-src http://127.0.0.1:8000;" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self'" in policy
    assert 'data-product="http://127.0.0.1:8000"' in answer.text


async def test_another_name_of_this_machine_leads_to_the_products_name(app):
    async with visit(app, "http://localhost:8001") as client:
        answer = await client.get("/")
    assert answer.status_code == 307
    assert answer.headers["location"] == "http://127.0.0.1:8001/"


async def test_a_name_that_is_not_this_machine_is_never_redirected(app):
    async with visit(app, "http://demo.example:8001") as client:
        assert (await client.get("/")).status_code == 200


async def test_everything_the_page_asks_for_is_there(app):
    async with visit(app) as client:
        page = (await client.get("/")).text
        wanted = [part.split('"')[0] for part in page.split('="')[1:]]
        paths = [path for path in wanted if path.startswith(("/static/", "/demo/static/"))]
        assert len(paths) >= 5
        assert [path for path in paths if (await client.get(path)).status_code != 200] == []
