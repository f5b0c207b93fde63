"""`message/send` and `message/recall`: receivers, duplicate check, silent drops, task ids."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any

from webhooks.simulator.cards import is_updatable
from webhooks.simulator.content import Shown, read_content
from webhooks.simulator.gate import DAY, HOUR, MINUTE, Call, Endpoint
from webhooks.simulator.refusal import require
from webhooks.simulator.simulator import Simulator
from webhooks.simulator.state import DuplicateCheck, Message, ResponseCode, Sent

RECALL_SECONDS = DAY
DUPLICATE_SECONDS, DUPLICATE_LIMIT_SECONDS = 1800, 14_400
USERS_LIMIT, PARTIES_LIMIT = 1000, 100


@dataclass(frozen=True, kw_only=True)
class Receivers:
    """Who gets a message, and which of the named ids were no good."""

    userids: list[str]
    invalid: dict[str, list[str]]


def check_agent(call: Call) -> int:
    """Return the agentid that the token may act for."""
    require("agentid" in call.body, 41011)
    # Many clients send the id as a digit string; the service takes both.
    agentid = str(call.body["agentid"])
    require(agentid.isdigit(), 40056)
    require(call.door.agentid is not None and int(agentid) == call.door.agentid, 301002)
    return int(agentid)


def send(call: Call) -> dict[str, Any]:
    agentid = check_agent(call)
    shown = read_content(call.sim, call.door, call.body)
    checks_duplicates = call.number("enable_duplicate_check", 0) == 1
    fingerprint = _fingerprint(call)
    if checks_duplicates and (earlier := _earlier_answer(call, fingerprint)) is not None:
        return earlier
    receivers = _resolve(call)
    require(receivers.userids, 81013)
    _count_person_times(call, agentid, len(receivers.userids))
    _claim_task_id(call, agentid, shown)
    msgid = secrets.token_urlsafe(32)
    _store(call, shown, msgid, receivers.userids)
    answer: dict[str, Any] = {"msgid": msgid}
    answer |= {name: "|".join(ids).lower() for name, ids in receivers.invalid.items() if ids}
    if shown.card and call.body["msgtype"] == "template_card" and is_updatable(shown.card):
        answer["response_code"] = issue_response_code(call.sim, agentid, msgid)
    if checks_duplicates:
        interval = min(call.number("duplicate_check_interval", DUPLICATE_SECONDS), DUPLICATE_LIMIT_SECONDS)
        call.sim.state.duplicate_checks[fingerprint] = DuplicateCheck(
            until=call.now + interval, answer=answer
        )
    return answer


def issue_response_code(sim: Simulator, agentid: int, msgid: str) -> str:
    """Make the right to update one card once."""
    code = secrets.token_urlsafe(32)
    sim.state.response_codes[code] = ResponseCode(agentid=agentid, msgid=msgid, issued_at=sim.clock())
    return code


def recall(call: Call) -> dict[str, Any]:
    sent = call.sim.state.sent.get(call.text("msgid"))
    require(sent is not None and sent.agentid == call.door.agentid, 40058, "unknown msgid")
    if sent is not None:
        require(call.now - sent.at <= RECALL_SECONDS, 42052)
        for userid in sent.userids:
            message = call.sim.state.app_chat(sent.agentid, userid).find(sent.msgid)
            if message is not None:
                message.status = "recalled"
    return {}


def _fingerprint(call: Call) -> str:
    content = {k: v for k, v in call.body.items() if k != "duplicate_check_interval"}
    text = json.dumps([call.door.name, content], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _earlier_answer(call: Call, fingerprint: str) -> dict[str, Any] | None:
    checks = call.sim.state.duplicate_checks
    for key in [key for key, check in checks.items() if check.until <= call.now]:
        del checks[key]
    known = checks.get(fingerprint)
    return None if known is None else known.answer


def _resolve(call: Call) -> Receivers:
    users, parties, tags = (_split(call, name) for name in ("touser", "toparty", "totag"))
    require(users or parties or tags, 40063, "touser, toparty and totag are empty")
    require(len(users) <= USERS_LIMIT and len(parties) <= PARTIES_LIMIT, 40058, "too many receivers")
    require(len(tags) <= PARTIES_LIMIT, 40058, "too many receivers")
    if users == ["@all"]:
        members = call.sim.world.description.members
        return Receivers(userids=[m.userid for m in members if call.door.sees(m.userid)], invalid={})
    found: dict[str, None] = {}
    invalid: dict[str, list[str]] = {"invaliduser": [], "invalidparty": [], "invalidtag": []}
    for kind, names in (("user", users), ("party", parties), ("tag", tags)):
        for name in names:
            userids = visible_users(call, kind, name)
            if not userids:
                invalid[f"invalid{kind}"].append(name)
            found |= dict.fromkeys(userids)
    return Receivers(userids=list(found), invalid=invalid)


def visible_users(call: Call, kind: str, name: str) -> list[str]:
    """Return the members behind a user, party or tag id that the app may reach."""
    world = call.sim.world
    if kind == "user":
        member = world.member(name)
        userids = [member.userid] if member else []
    elif kind == "party":
        members = world.description.members
        userids = [m.userid for m in members if name in {str(d) for d in m.departments}]
    else:
        userids = list(world.description.tags.get(name, ()))
    return [userid for userid in userids if call.door.sees(userid)]


def _split(call: Call, name: str) -> list[str]:
    return [one for one in call.text(name).split("|") if one]


def _count_person_times(call: Call, agentid: int, count: int) -> None:
    for _ in range(count):
        admitted = call.sim.ceilings.admits(f"day {agentid}", call.sim.limits.person_times_per_day, DAY)
        require(admitted, 45009)


def _claim_task_id(call: Call, agentid: int, shown: Shown) -> None:
    task_id = (shown.card or {}).get("task_id")
    if task_id is None:
        return
    used = call.sim.state.task_ids.setdefault(agentid, set())
    require(task_id not in used, 42014, "task_id has been used")
    used.add(task_id)


def _store(call: Call, shown: Shown, msgid: str, userids: list[str]) -> None:
    sim, agentid = call.sim, call.door.agentid or 0
    card_type = shown.card.get("card_type") if shown.card else None
    sim.state.sent[msgid] = Sent(
        msgid=msgid, agentid=agentid, at=call.now, userids=userids, card_type=card_type
    )
    for userid in userids:
        sim.state.app_chat(agentid, userid).add(
            Message(
                id=msgid,
                speaker="app",
                author=str(agentid),
                name=call.door.title,
                kind=shown.kind,
                text=shown.text,
                at=call.now,
                card=shown.card,
                status="ok" if _reaches(sim, agentid, userid) else "dropped",
            )
        )


def _reaches(sim: Simulator, agentid: int, userid: str) -> bool:
    key, limits = f"member {agentid} {userid}", sim.limits
    return sim.ceilings.allows(f"{key} minute", limits.member_messages_per_minute, MINUTE) and (
        sim.ceilings.allows(f"{key} hour", limits.member_messages_per_hour, HOUR)
    )


ENDPOINTS = (
    Endpoint(method="POST", path="/cgi-bin/message/send", handler=send, capability="message"),
    Endpoint(method="POST", path="/cgi-bin/message/recall", handler=recall, capability="message"),
)
