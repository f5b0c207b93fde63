"""Tokens over HTTP, members, and the sign-in of the sidebar (OAuth code to identity)."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse

from webhooks.simulator.gate import Call, Endpoint
from webhooks.simulator.refusal import Refusal, require
from webhooks.simulator.simulator import Simulator
from webhooks.simulator.state import OAuthCode

CODE_SECONDS = 300.0


def fetch_token(call: Call) -> dict[str, Any]:
    token, expires_in = call.sim.tokens.fetch(call.query, call.ip, call.sim.faults)
    return {"access_token": token, "expires_in": expires_in}


def list_callback_addresses(_call: Call) -> dict[str, Any]:
    return {"ip_list": ["127.0.0.1"]}


def get_member(call: Call) -> dict[str, Any]:
    member = call.sim.world.member(call.query.get("userid", ""))
    if member is None:
        raise Refusal(60111)
    require(call.door.sees(member.userid), 50002)
    return {
        "userid": member.userid,
        "name": member.name,
        "department": list(member.departments),
        "main_department": member.departments[0],
        "position": member.position,
        "status": 1,
    }


def identify(call: Call) -> dict[str, Any]:
    """Exchange an OAuth code: once, within five minutes."""
    code = call.sim.state.oauth_codes.get(call.query.get("code", ""))
    if code is None:
        raise Refusal(40029)
    require(not code.used, 42022)
    require(call.now - code.issued_at < CODE_SECONDS, 42003)
    code.used = True
    if call.sim.world.customer(code.identity):
        return {"openid": f"o{code.identity[2:26]}", "external_userid": code.identity}
    require(call.door.sees(code.identity), 50001, "member is outside the visible range")
    return {"userid": code.identity}


def issue_oauth_code(sim: Simulator, identity: str, agentid: int | None) -> str:
    code = secrets.token_urlsafe(32)
    sim.state.oauth_codes[code] = OAuthCode(identity=identity, agentid=agentid, issued_at=sim.clock())
    return code


def register_authorize_page(app: FastAPI, sim: Simulator) -> None:
    """Play the page that signs somebody in: `?as=` a userid or external_userid, else the first member."""

    @app.get("/connect/oauth2/authorize", include_in_schema=False)
    def authorize(request: Request) -> Response:
        try:
            return RedirectResponse(_redirect(sim, dict(request.query_params)), status_code=302)
        except Refusal as refusal:
            return PlainTextResponse(f"{refusal.errcode} {refusal.text}", status_code=400)


def _redirect(sim: Simulator, query: dict[str, str]) -> str:
    require(query.get("appid") == sim.world.corp_id, 40013)
    require(query.get("response_type") == "code", 40058, "response_type")
    scope = query.get("scope")
    require(scope in {"snsapi_base", "snsapi_privateinfo"}, 40058, "scope")
    require(scope == "snsapi_base" or query.get("agentid"), 41011)
    state = query.get("state", "")
    require(len(state) <= 128 and (not state or (state.isascii() and state.isalnum())), 40058, "state")
    target = query.get("redirect_uri", "")
    _check_host(sim, target)
    identity = _identity(sim, query.get("as"))
    agentid = int(query["agentid"]) if query.get("agentid", "").isdigit() else None
    code = issue_oauth_code(sim, identity, agentid)
    separator = "&" if urlsplit(target).query else "?"
    page, _, fragment = target.partition("#")
    answer = f"{page}{separator}{urlencode({'code': code, 'state': state})}"
    return f"{answer}#{fragment}" if fragment else answer


def _check_host(sim: Simulator, target: str) -> None:
    parts = urlsplit(target)
    require(parts.scheme in {"http", "https"} and parts.hostname, 50001)
    trusted = {host for door in sim.doors.values() for host in door.trusted_hosts}
    require(parts.hostname in trusted, 50001)


def _identity(sim: Simulator, wanted: str | None) -> str:
    if wanted is None:
        return sim.world.description.members[0].userid
    if sim.world.customer(wanted):
        return wanted
    member = sim.world.member(wanted)
    if member is None:
        raise Refusal(60111)
    return member.userid


ENDPOINTS = (
    Endpoint(method="GET", path="/cgi-bin/gettoken", handler=fetch_token, public=True),
    Endpoint(method="GET", path="/cgi-bin/getcallbackip", handler=list_callback_addresses),
    Endpoint(method="GET", path="/cgi-bin/user/get", handler=get_member),
    Endpoint(method="GET", path="/cgi-bin/auth/getuserinfo", handler=identify, capability="oauth"),
)
