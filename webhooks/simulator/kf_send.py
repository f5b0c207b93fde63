"""Sending in 微信客服: the session's state, 48 hours, five messages, unique msgids, single-use codes."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from webhooks.simulator.fields import objects, optional_string, section, string, within
from webhooks.simulator.gate import DAY, Call, Endpoint
from webhooks.simulator.kf_log import account_of, append_event, signal
from webhooks.simulator.media import find
from webhooks.simulator.refusal import Refusal, require
from webhooks.simulator.simulator import Simulator
from webhooks.simulator.state import KfChat, KfCode, Kind, Message

WINDOW_SECONDS = 2 * DAY
MESSAGES_PER_CUSTOMER_MESSAGE = 5
STATES_OPEN_TO_API = frozenset({0, 1})
_MSGID = re.compile(r"[0-9a-zA-Z_-]{1,32}")


@dataclass(frozen=True, kw_only=True)
class Written:
    """A checked message body as the customer sees it."""

    kind: Kind
    text: str
    card: dict[str, Any] | None = None


def send_msg(call: Call) -> dict[str, Any]:
    account = account_of(call, call.text("open_kfid"))
    external_userid = call.text("touser")
    require(call.sim.world.customer(external_userid), 40096)
    msgid = _claimed_msgid(call)
    written = _read_message(call, _READERS)
    if msgid in call.sim.state.kf_msgids:
        return _answer_repeated(call, msgid)
    chat = call.sim.state.kf_chat(account.open_kfid, external_userid)
    require(chat.service_state in STATES_OPEN_TO_API, 95018)
    wrote_at = chat.customer_wrote_at
    require(wrote_at is not None and call.now - wrote_at <= WINDOW_SECONDS, 95002)
    require(chat.sent_since < MESSAGES_PER_CUSTOMER_MESSAGE, 95001)
    chat.sent_since += 1
    _deliver(call, chat, msgid, written)
    return {"msgid": msgid}


def send_msg_on_event(call: Call) -> dict[str, Any]:
    known = call.sim.state.kf_codes.get(call.text("code"))
    # Which code refuses a spent code here is not published; 41050 is that of welcome codes elsewhere.
    if known is None or known.used or call.now >= known.expires_at:
        raise Refusal(41050)
    account_of(call, known.open_kfid)
    msgid = _claimed_msgid(call)
    if msgid in call.sim.state.kf_msgids:
        return _answer_repeated(call, msgid)
    readers = {name: reader for name, reader in _READERS.items() if name in known.msgtypes}
    written = _read_message(call, readers)
    known.used = True
    chat = call.sim.state.kf_chat(known.open_kfid, known.external_userid)
    if known.welcome:
        chat.welcomed_at = call.now
    _deliver(call, chat, msgid, written)
    return {"msgid": msgid}


def issue_code(
    sim: Simulator, chat: KfChat, seconds: float, msgtypes: tuple[str, ...], *, welcome: bool = False
) -> str:
    """Make a single-use code for `send_msg_on_event`."""
    code = secrets.token_urlsafe(32)
    sim.state.kf_codes[code] = KfCode(
        open_kfid=chat.open_kfid,
        external_userid=chat.external_userid,
        expires_at=sim.clock() + seconds,
        msgtypes=msgtypes,
        welcome=welcome,
    )
    return code


def _claimed_msgid(call: Call) -> str:
    msgid = call.text("msgid") or secrets.token_urlsafe(20)
    require(_MSGID.fullmatch(msgid), 40058, "msgid")
    return msgid


def _answer_repeated(call: Call, msgid: str) -> dict[str, Any]:
    require(call.sim.faults.repeated_msgid == "same", 40058, "msgid has been used")
    return {"msgid": msgid}


def _deliver(call: Call, chat: KfChat, msgid: str, written: Written) -> None:
    sim = call.sim
    sim.state.kf_msgids[msgid] = call.now
    account = sim.world.kf_account(chat.open_kfid)
    fail_type = sim.faults.kf_send_fail
    chat.add(
        Message(
            id=msgid,
            speaker="api",
            author=call.door.name,
            name=account.name if account else "",
            kind=written.kind,
            text=written.text,
            at=call.now,
            card=written.card,
            status="ok" if fail_type is None else "failed",
        )
    )
    sim.changes.touch()
    if fail_type is not None:
        event = {
            "event_type": "msg_send_fail",
            "open_kfid": chat.open_kfid,
            "external_userid": chat.external_userid,
            "fail_msgid": msgid,
            "fail_type": fail_type,
        }
        append_event(sim, chat.open_kfid, event)
        signal(sim, chat.open_kfid)


Reader = Callable[[Simulator, dict[str, Any]], Written]


def _read_message(call: Call, readers: dict[str, Reader]) -> Written:
    msgtype = call.text("msgtype")
    require(msgtype in readers, 40008)
    return readers[msgtype](call.sim, section(call.body, msgtype))


def _text(_sim: Simulator, part: dict[str, Any]) -> Written:
    return Written(kind="text", text=within(string(part, "content", 44004), 2048, 45002))


def _media(kind: str, shown: Kind) -> Reader:
    def read(sim: Simulator, part: dict[str, Any]) -> Written:
        return Written(kind=shown, text=find(sim, string(part, "media_id", 40007), kind).filename)

    return read


def _link(sim: Simulator, part: dict[str, Any]) -> Written:
    within(string(part, "url"), 2048, 45002)
    within(optional_string(part, "desc"), 512, 45002)
    find(sim, string(part, "thumb_media_id", 40007), "image")
    title = within(string(part, "title"), 128, 45002)
    return Written(kind="card", text=title, card={**part, "card_type": "link"})


def _miniprogram(sim: Simulator, part: dict[str, Any]) -> Written:
    string(part, "appid")
    string(part, "pagepath")
    find(sim, string(part, "thumb_media_id", 40007), "image")
    title = within(string(part, "title"), 64, 45002)
    return Written(kind="card", text=title, card={**part, "card_type": "miniprogram"})


def _location(_sim: Simulator, part: dict[str, Any]) -> Written:
    require({"latitude", "longitude"} <= part.keys(), 40063, "latitude, longitude")
    return Written(kind="text", text=optional_string(part, "name") or optional_string(part, "address"))


def _msgmenu(_sim: Simulator, part: dict[str, Any]) -> Written:
    head = within(optional_string(part, "head_content"), 1024, 45002)
    within(optional_string(part, "tail_content"), 1024, 45002)
    items = objects(part, "list")
    require(len(items) <= 10, 95008)
    for item in items:
        kind = item.get("type")
        require(kind in _MENU_BYTES, 40058, "type of a menu item")
        inner = section(item, str(kind))
        within(string(inner, "content"), _MENU_BYTES[str(kind)], 45002)
        if kind == "click":
            within(optional_string(inner, "id"), 128, 45002)
        elif kind == "view":
            within(string(inner, "url"), 2048, 45002)
    return Written(kind="menu", text=head, card=part)


_MENU_BYTES = {"click": 128, "view": 1024, "miniprogram": 1024, "text": 256}
_READERS: dict[str, Reader] = {
    "text": _text,
    "image": _media("image", "image"),
    "voice": _media("voice", "voice"),
    "video": _media("video", "file"),
    "file": _media("file", "file"),
    "link": _link,
    "miniprogram": _miniprogram,
    "location": _location,
    "msgmenu": _msgmenu,
}

ENDPOINTS = (
    Endpoint(method="POST", path="/cgi-bin/kf/send_msg", handler=send_msg, capability="kf"),
    Endpoint(method="POST", path="/cgi-bin/kf/send_msg_on_event", handler=send_msg_on_event, capability="kf"),
)
