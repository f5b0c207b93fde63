"""Sign-in: the demo's on the own machine only, and OAuth with a state that holds once."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot.errors import MaybeDone, Refused
from web.app import create_app
from web.login import LoginStates, OAuth, local_path, login_router

HERE = "http://127.0.0.1"
SECRET = "a secret for tests only"


async def exchange(code: str) -> str:
    if code == "silent":
        raise MaybeDone("no answer")
    if code != "good":
        raise Refused("bad code")
    return "lilei"


def browser(router, *, host="127.0.0.1", peer="127.0.0.1", **headers) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=create_app(routers=[router]), client=(peer, 5000))
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}", headers=headers)


@pytest.fixture
def demo(sessions):
    return login_router(sessions=sessions, demo=True)


@pytest.fixture
def oauth(sessions, clock):
    settings = OAuth(
        authorize_url="https://open.example/connect/oauth2/authorize",
        corp_id="ww1",
        agent_id="1000002",
        callback_url=f"{HERE}/login/callback",
        exchange=exchange,
    )
    return login_router(sessions=sessions, oauth=settings, states=LoginStates(secret=SECRET, clock=clock))


async def begin(client, next_path="/sidebar?customer=wm1") -> str:
    answer = await client.get("/login", params={"next": next_path})
    return parse_qs(urlsplit(answer.headers["location"]).query)["state"][0]


async def test_the_demo_signs_in_on_the_own_machine(demo):
    async with browser(demo) as client:
        answer = await client.get("/demo/login", params={"as": "lilei", "next": "/sidebar?customer=wm1"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sidebar?customer=wm1"
    assert answer.headers["set-cookie"].startswith("wenzhen=")


@pytest.mark.parametrize(
    ("place", "headers"),
    [
        ({"peer": "10.0.0.8"}, {}),
        ({"host": "evil.example"}, {}),
        ({}, {"x-forwarded-for": "10.0.0.8"}),
        ({}, {"forwarded": "for=10.0.0.8"}),
    ],
)
async def test_the_demo_signs_in_nobody_from_elsewhere(demo, place, headers):
    async with browser(demo, **place, **headers) as client:
        answer = await client.get("/demo/login", params={"as": "lilei"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_without_demo_there_is_no_demo_login(sessions):
    async with browser(login_router(sessions=sessions)) as client:
        assert (await client.get("/demo/login", params={"as": "lilei"})).status_code == 404


async def test_login_goes_to_wecom_with_a_state_that_it_accepts(oauth):
    async with browser(oauth) as client:
        answer = await client.get("/login")
    address = urlsplit(answer.headers["location"])
    query = parse_qs(address.query)
    assert address.fragment == "wechat_redirect"
    assert query["appid"] == ["ww1"]
    assert query["redirect_uri"] == [f"{HERE}/login/callback"]
    assert query["state"][0].isalnum()
    assert 32 <= len(query["state"][0]) <= 128


async def test_a_good_code_signs_in_and_goes_on(oauth):
    async with browser(oauth) as client:
        state = await begin(client)
        answer = await client.get("/login/callback", params={"code": "good", "state": state})
        assert answer.headers["location"] == "/sidebar?customer=wm1"
        assert client.cookies.get("wenzhen")


async def test_two_sign_ins_never_share_a_state(oauth):
    async with browser(oauth) as client:
        assert await begin(client) != await begin(client)


async def test_a_state_is_good_once_even_when_its_cookie_is_kept(oauth):
    async with browser(oauth) as client:
        state = await begin(client)
        kept = client.cookies.get("wenzhen-login")
        await client.get("/login/callback", params={"code": "good", "state": state})
        answer = await client.get(
            "/login/callback",
            params={"code": "good", "state": state},
            headers={"cookie": f"wenzhen-login={kept}"},
        )
    assert answer.status_code == 403


async def test_a_state_is_good_for_ten_minutes(oauth, clock):
    async with browser(oauth) as client:
        state = await begin(client)
        clock.now += 600
        answer = await client.get("/login/callback", params={"code": "good", "state": state})
    assert answer.status_code == 403


async def test_a_state_of_another_browser_is_refused(oauth):
    async with browser(oauth) as mine, browser(oauth) as theirs:
        await begin(mine)
        foreign = await begin(theirs)
        answer = await mine.get("/login/callback", params={"code": "good", "state": foreign})
    assert answer.status_code == 403


@pytest.mark.parametrize(("code", "status"), [("bad", 403), ("", 403), ("x" * 513, 403), ("silent", 503)])
async def test_a_code_that_does_not_work_signs_in_nobody(oauth, code, status):
    async with browser(oauth) as client:
        state = await begin(client)
        answer = await client.get("/login/callback", params={"code": code, "state": state})
        assert answer.status_code == status
        assert client.cookies.get("wenzhen") is None


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil",
        "javascript:alert(1)",
        "",
        "/\n/evil",
    ],
)
def test_only_paths_of_this_site_are_gone_to(target):
    assert local_path(target) == "/sidebar"


def test_a_local_path_keeps_its_query():
    assert local_path("/sidebar?customer=wm1") == "/sidebar?customer=wm1"
