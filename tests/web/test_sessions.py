"""Sessions: how long they hold, what their cookie says, what is not believed."""

import pytest
from starlette.requests import Request
from starlette.responses import Response

from bot.errors import FixSettings
from tests.web.conftest import Seconds, cookie_of
from web.sessions import Session, Sessions

SECRET = "a secret for tests only"


def request_with(cookies: dict[str, str]) -> Request:
    text = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return Request({"type": "http", "headers": [(b"cookie", text.encode())]})


def test_a_signed_in_rep_is_known(sessions):
    assert sessions.current_rep(request_with(cookie_of(sessions, "lilei"))) == "lilei"


def test_nobody_is_signed_in_without_a_cookie(sessions):
    assert sessions.current_rep(request_with({})) is None


def test_a_changed_cookie_is_worth_nothing(sessions):
    ((name, value),) = cookie_of(sessions, "lilei").items()
    for at in (0, len(value) // 2, len(value) - 1):
        other = "A" if value[at] != "A" else "B"
        assert sessions.current_rep(request_with({name: value[:at] + other + value[at + 1 :]})) is None


def test_a_cookie_signed_with_another_secret_is_worth_nothing(sessions, clock):
    stranger = Sessions(secret="another secret for tests", clock=clock)
    assert sessions.current_rep(request_with(cookie_of(stranger, "lilei"))) is None


def test_a_session_ends_after_30_idle_minutes(sessions, clock):
    request = request_with(cookie_of(sessions, "lilei"))
    clock.now += 30 * 60 - 1
    assert sessions.current_rep(request) == "lilei"
    clock.now += 1
    assert sessions.current_rep(request) is None


def test_renewing_moves_the_idle_limit_but_never_the_eight_hours(sessions, clock):
    cookies, began = cookie_of(sessions, "lilei"), clock.now
    while clock.now < began + 8 * 3600 - 1200:
        clock.now += 1200
        response = Response()
        sessions.renew(request_with(cookies), response)
        name, value = response.headers["set-cookie"].split(";")[0].split("=", 1)
        cookies = {name: value}
    assert sessions.current_rep(request_with(cookies)) == "lilei"
    clock.now = began + 8 * 3600
    assert sessions.current_rep(request_with(cookies)) is None


def test_a_session_is_not_renewed_with_every_request(sessions, clock):
    response = Response()
    clock.now += 30
    sessions.renew(request_with(cookie_of(sessions, "lilei")), response)
    fresh = cookie_of(sessions, "lilei")
    clock.now += 30
    sessions.renew(request_with(fresh), response)
    assert "set-cookie" not in response.headers


def test_a_session_from_the_future_has_outlived_itself(sessions, clock):
    assert sessions.outlived(Session(rep_id="lilei", since=clock.now + 10, seen=clock.now))


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites():
    response = Response()
    Sessions(secret=SECRET, clock=Seconds()).begin(response, "lilei")
    cookie = response.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie


def test_over_https_the_cookie_is_secure_and_bound_to_the_host():
    response = Response()
    Sessions(secret=SECRET, clock=Seconds(), https=True).begin(response, "lilei")
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("__Host-wenzhen=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def test_signing_out_removes_the_cookie(sessions):
    response = Response()
    sessions.end(response)
    assert "Max-Age=0" in response.headers["set-cookie"]


def test_a_short_secret_is_refused():
    with pytest.raises(FixSettings):
        Sessions(secret="short", clock=Seconds())
