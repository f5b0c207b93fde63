"""External contacts (客户联系): get, list, and the members that may have customers."""

from __future__ import annotations

from typing import Any

from webhooks.simulator.gate import Call, Endpoint
from webhooks.simulator.refusal import Refusal, require
from webhooks.simulator.world import Customer


def get(call: Call) -> dict[str, Any]:
    customer = call.sim.world.customer(call.query.get("external_userid", ""))
    if customer is None:
        raise Refusal(40096)
    followers = [userid for userid in customer.followed_by if call.door.sees(userid)]
    require(followers, 84061)
    return {
        "external_contact": _shown(customer),
        "follow_user": [
            {
                "userid": userid,
                "remark": customer.name,
                "description": "",
                "createtime": int(call.now),
                "tags": [],
                "remark_corp_name": customer.company,
                "remark_mobiles": [],
                "oper_userid": userid,
                "add_way": 1,
            }
            for userid in followers
        ],
    }


def list_customers(call: Call) -> dict[str, Any]:
    member = call.sim.world.member(call.query.get("userid", ""))
    if member is None:
        raise Refusal(60111)
    require(call.door.sees(member.userid), 50002)
    ids = [
        customer.external_userid
        for customer in call.sim.world.description.customers
        if member.userid in customer.followed_by
    ]
    require(ids, 84061)
    return {"external_userid": ids}


def list_followers(call: Call) -> dict[str, Any]:
    members = call.sim.world.description.members
    return {"follow_user": [member.userid for member in members if call.door.sees(member.userid)]}


def _shown(customer: Customer) -> dict[str, Any]:
    # A WeChat user (type 1) carries no company; the members' remark does (remark_corp_name).
    return {
        "external_userid": customer.external_userid,
        "name": customer.name,
        "avatar": "",
        "type": 1,
        "gender": customer.gender,
        "unionid": "",
    }


_PREFIX = "/cgi-bin/externalcontact"
ENDPOINTS = (
    Endpoint(method="GET", path=f"{_PREFIX}/get", handler=get, capability="contact", read=True),
    Endpoint(method="GET", path=f"{_PREFIX}/list", handler=list_customers, capability="contact", read=True),
    Endpoint(
        method="GET", path=f"{_PREFIX}/get_follow_user_list", handler=list_followers, capability="contact"
    ),
)
