"""`update_template_card` and the rules of its response_code: of one app, once, for 72 hours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from webhooks.simulator.cards import INTERACTIVE, check_card
from webhooks.simulator.content import card_text
from webhooks.simulator.fields import section, string
from webhooks.simulator.gate import DAY, Call, Endpoint
from webhooks.simulator.messages import check_agent, visible_users
from webhooks.simulator.refusal import Refusal, require
from webhooks.simulator.simulator import Simulator
from webhooks.simulator.state import ResponseCode, Sent

RESPONSE_CODE_SECONDS = 3 * DAY


def update(call: Call) -> dict[str, Any]:
    agentid = check_agent(call)
    code = _response_code(call, agentid)
    sent = call.sim.state.sent[code.msgid]
    replacement = _replacement(call, sent)
    userids, invalid = _chosen(call, sent)
    code.used = True
    for userid in userids:
        change_card(call.sim, sent, userid, replacement)
    return {"invaliduser": invalid}


def change_card(sim: Simulator, sent: Sent, userid: str, replacement: dict[str, Any]) -> None:
    """Show one user another card, or the old one with its buttons replaced by a text."""
    message = sim.state.app_chat(sent.agentid, userid).find(sent.msgid)
    if message is None or message.card is None:
        return
    if "replace_name" in replacement:
        message.card = {**message.card, "replace_text": replacement["replace_name"]}
    else:
        message.card = replacement
        message.text = card_text(replacement)


def _response_code(call: Call, agentid: int) -> ResponseCode:
    code = call.sim.state.response_codes.get(call.text("response_code"))
    if code is None or call.now - code.issued_at >= RESPONSE_CODE_SECONDS:
        raise Refusal(60140)
    require(code.agentid == agentid, 42015)
    require(not code.used, 42022)
    return code


def _replacement(call: Call, sent: Sent) -> dict[str, Any]:
    if "template_card" in call.body:
        card = section(call.body, "template_card")
        check_card(card, new=False)
        return card
    name = string(section(call.body, "button"), "replace_name")
    require(sent.card_type in INTERACTIVE, 40058, "this card has no buttons to replace")
    return {"replace_name": name}


def _chosen(call: Call, sent: Sent) -> tuple[list[str], list[str]]:
    if call.number("atall", 0) == 1:
        return sent.userids, []
    named = {kind: _ids(call, field) for kind, field in _FIELDS.items()}
    # What the service does without any receiver is not published; we refuse.
    require(any(named.values()), 40063, "userids, partyids, tagids and atall are empty")
    chosen: list[str] = []
    invalid: list[str] = []
    for kind, names in named.items():
        for name in names:
            userids = [one for one in visible_users(call, kind, name) if one in sent.userids]
            chosen += userids
            if kind == "user" and not userids:
                invalid.append(name.lower())
    return chosen, invalid


def _ids(call: Call, field: str) -> Sequence[str]:
    value = call.body.get(field) or []
    require(isinstance(value, list), 40058, f"{field} is not a list. Warning: wrong json format.")
    return [str(one) for one in value]


_FIELDS = {"user": "userids", "party": "partyids", "tag": "tagids"}

ENDPOINTS = (
    Endpoint(
        method="POST", path="/cgi-bin/message/update_template_card", handler=update, capability="message"
    ),
)
