"""Sessions, accounts, servicers and customers of 微信客服."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from webhooks.simulator.gate import DAY, Call, Endpoint
from webhooks.simulator.kf_log import account_of
from webhooks.simulator.kf_send import issue_code
from webhooks.simulator.refusal import Refusal, require
from webhooks.simulator.state import KfChat

NEW, ASSISTANT, POOL, HUMAN, ENDED = range(5)
POOL_CODE_SECONDS = 2 * DAY
END_CODE_SECONDS = 20.0
_SCENE = re.compile(r"[0-9a-zA-Z_-]{1,32}")

# Whether the real service also lets an API end a session from 0, 1 or 2 is unconfirmed: here it does not.
_ALLOWED = {
    NEW: {ASSISTANT, POOL, HUMAN},
    ASSISTANT: {POOL, HUMAN},
    POOL: {HUMAN},
    HUMAN: {HUMAN, ENDED},
    ENDED: set(),
}


def get_state(call: Call) -> dict[str, Any]:
    chat = _chat(call)
    answer: dict[str, Any] = {"service_state": chat.service_state}
    if chat.servicer_userid is not None and chat.service_state == HUMAN:
        answer["servicer_userid"] = chat.servicer_userid
    return answer


def move_state(call: Call) -> dict[str, Any]:
    """Move a session as the API may; no event is raised for it."""
    chat = _chat(call)
    target = call.number("service_state", -1)
    require(target in _ALLOWED[chat.service_state], 95016)
    if target == HUMAN:
        servicer = _servicer(call, chat)
        require(chat.service_state != HUMAN or servicer != chat.servicer_userid, 95016)
        chat.servicer_userid = servicer
    chat.service_state = target
    call.sim.changes.touch()
    if target == POOL:
        return {"msg_code": issue_code(call.sim, chat, POOL_CODE_SECONDS, ("text",))}
    if target == ENDED:
        return {"msg_code": issue_code(call.sim, chat, END_CODE_SECONDS, ("text", "msgmenu"))}
    return {}


def list_accounts(call: Call) -> dict[str, Any]:
    offset, limit = call.number("offset", 0), call.number("limit", 100)
    accounts = [a for a in call.sim.world.description.kf_accounts if call.door.name in a.authorised]
    shown = [
        {"open_kfid": a.open_kfid, "name": a.name, "avatar": "", "manage_privilege": True} for a in accounts
    ]
    return {"account_list": shown[offset : offset + limit]}


def add_contact_way(call: Call) -> dict[str, Any]:
    account = account_of(call, call.text("open_kfid"))
    scene = call.text("scene")
    require(not scene or _SCENE.fullmatch(scene), 40058, "scene")
    query = f"?enc_scene={quote(scene)}" if scene else ""
    return {"url": f"https://work.weixin.qq.com/kfid/{account.open_kfid}{query}"}


def list_servicers(call: Call) -> dict[str, Any]:
    account = account_of(call, call.query.get("open_kfid", ""))
    # 0 receiving, 1 stopped: other numbers than in the event servicer_status_change.
    shown = [
        {"userid": userid, "status": int(userid in account.stopped_servicers)} for userid in account.servicers
    ]
    return {"servicer_list": shown}


def get_customers(call: Call) -> dict[str, Any]:
    ids = call.body.get("external_userid_list")
    if not isinstance(ids, list) or not 1 <= len(ids) <= 100:
        raise Refusal(40058, "external_userid_list holds 1 to 100 ids")
    known = {one: call.sim.world.customer(str(one)) for one in map(str, ids)}
    wants_context = call.number("need_enter_session_context", 0) == 1
    context: dict[str, Any] = {"enter_session_context": {}} if wants_context else {}
    shown = [
        {
            "external_userid": customer.external_userid,
            "nickname": customer.name,
            "avatar": "",
            "gender": customer.gender,
            "unionid": "",
            **context,
        }
        for customer in known.values()
        if customer is not None
    ]
    return {
        "customer_list": shown,
        "invalid_external_userid": [one for one, customer in known.items() if customer is None],
    }


def _chat(call: Call) -> KfChat:
    account = account_of(call, call.text("open_kfid"))
    external_userid = call.text("external_userid")
    require(call.sim.world.customer(external_userid), 40096)
    return call.sim.state.kf_chat(account.open_kfid, external_userid)


def _servicer(call: Call, chat: KfChat) -> str:
    account = call.sim.world.kf_account(chat.open_kfid)
    member = call.sim.world.member(call.text("servicer_userid"))
    if account is None or member is None or member.userid not in account.servicers:
        raise Refusal(95014)
    require(member.userid not in account.stopped_servicers, 95019)
    return member.userid


ENDPOINTS = (
    Endpoint(method="POST", path="/cgi-bin/kf/service_state/get", handler=get_state, capability="kf"),
    Endpoint(method="POST", path="/cgi-bin/kf/service_state/trans", handler=move_state, capability="kf"),
    Endpoint(method="POST", path="/cgi-bin/kf/account/list", handler=list_accounts, capability="kf"),
    Endpoint(method="POST", path="/cgi-bin/kf/add_contact_way", handler=add_contact_way, capability="kf"),
    Endpoint(method="GET", path="/cgi-bin/kf/servicer/list", handler=list_servicers, capability="kf"),
    Endpoint(method="POST", path="/cgi-bin/kf/customer/batchget", handler=get_customers, capability="kf"),
)
