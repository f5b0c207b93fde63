"""The log of 微信客服: entries of three days, signals that only say "pull", opaque cursors, `sync_msg`."""

from __future__ import annotations

import base64
import binascii
import secrets
import struct
import zlib
from typing import Any

from webhooks.simulator.callbacks import Delivery
from webhooks.simulator.gate import DAY, MINUTE, Call, Endpoint
from webhooks.simulator.refusal import Refusal, require
from webhooks.simulator.simulator import Simulator
from webhooks.simulator.state import KfItem
from webhooks.simulator.world import KfAccount

LOG_SECONDS = 3 * DAY
TOKEN_SECONDS = 600.0
EMPTY_PAGE_EVERY = 3
_CURSOR = struct.Struct(">QII")


def account_of(call: Call, open_kfid: str) -> KfAccount:
    """Return an account that the calling door may use, or refuse."""
    require(open_kfid.startswith("wk"), 95000)
    account = call.sim.world.kf_account(open_kfid)
    if account is None:
        raise Refusal(95004)
    require(call.door.name in account.authorised, 48007)
    return account


def append_message(
    sim: Simulator, open_kfid: str, external_userid: str, *, origin: int, content: dict[str, Any]
) -> str:
    """Log what a customer (origin 3) or a servicer (origin 5) said; return its msgid."""
    ids = {"open_kfid": open_kfid, "external_userid": external_userid, "origin": origin}
    return _append(sim, open_kfid, {**ids, **content})


def append_event(sim: Simulator, open_kfid: str, event: dict[str, Any]) -> str:
    """Log an event; its ids stand inside the event, not on the entry."""
    return _append(sim, open_kfid, {"origin": 4, "msgtype": "event", "event": event})


def signal(sim: Simulator, open_kfid: str) -> None:
    """Tell the receiver that there is something to pull; the callback carries nothing else."""
    account = sim.world.kf_account(open_kfid)
    if account is None:
        return
    token = secrets.token_urlsafe(24)
    tokens = sim.state.kf_tokens
    for old in [one for one, issued in tokens.items() if sim.clock() - issued >= TOKEN_SECONDS]:
        del tokens[old]
    tokens[token] = sim.clock()
    fields = {
        "ToUserName": sim.world.corp_id,
        "CreateTime": int(sim.clock()),
        "MsgType": "event",
        "Event": "kf_msg_or_event",
        "Token": token,
        "OpenKfId": open_kfid,
    }
    sim.emit(Delivery(door=account.door, name="kf_msg_or_event", fields=fields))


def sync_msg(call: Call) -> dict[str, Any]:
    sim = call.sim
    open_kfid = call.text("open_kfid")
    if open_kfid:
        account_of(call, open_kfid)
    _check_token(call)
    seq = read_cursor(call.text("cursor"))
    limit = call.number("limit", sim.limits.kf_page_items)
    require(1 <= limit <= sim.limits.kf_page_items, 40058, "limit")
    visible = {
        account.open_kfid
        for account in sim.world.description.kf_accounts
        if call.door.name in account.authorised and open_kfid in {"", account.open_kfid}
    }
    waiting = [item for item in _living(sim) if item.seq > seq and item.open_kfid in visible]
    if waiting and sim.faults.empty_pages and _is_turn_of_empty_page(call):
        return {"next_cursor": write_cursor(seq), "has_more": 1, "msg_list": []}
    page = waiting[:limit]
    last = page[-1].seq if page else seq
    return {
        "next_cursor": write_cursor(last),
        "has_more": int(len(waiting) > limit),
        "msg_list": [item.item for item in page],
    }


def write_cursor(seq: int) -> str:
    """Return an opaque cursor of at most 64 bytes; two cursors of one place differ, so nobody compares them."""
    salt = secrets.randbits(32)
    return base64.urlsafe_b64encode(_CURSOR.pack(seq, salt, _checksum(seq, salt))).decode()


def read_cursor(cursor: str) -> int:
    """Return the number of the last entry already read; the empty cursor means none."""
    if not cursor:
        return 0
    require(len(cursor.encode()) <= 64, 40058, "cursor")
    try:
        seq, salt, checksum = _CURSOR.unpack(base64.urlsafe_b64decode(cursor))
    except (binascii.Error, ValueError, struct.error) as error:
        raise Refusal(40058, "cursor") from error
    require(checksum == _checksum(seq, salt), 40058, "cursor")
    return int(seq)


def _checksum(seq: int, salt: int) -> int:
    return zlib.crc32(struct.pack(">QI", seq, salt))


def _append(sim: Simulator, open_kfid: str, item: dict[str, Any]) -> str:
    msgid = secrets.token_urlsafe(24)
    now = sim.clock()
    entry = {"msgid": msgid, "send_time": int(now), **item}
    sim.state.kf_log.append(KfItem(seq=sim.state.take_seq(), open_kfid=open_kfid, at=now, item=entry))
    sim.changes.touch()
    return msgid


def _living(sim: Simulator) -> list[KfItem]:
    oldest = sim.clock() - LOG_SECONDS
    log = sim.state.kf_log
    expired = next((i for i, item in enumerate(log) if item.at > oldest), len(log))
    del log[:expired]
    return log


def _check_token(call: Call) -> None:
    token = call.text("token")
    if not token:
        key = f"pull without token {call.door.name}"
        admitted = call.sim.ceilings.admits(key, call.sim.limits.pulls_without_token_per_minute, MINUTE)
        require(admitted, 45009, "pull with the token of a callback")
        return
    issued = call.sim.state.kf_tokens.get(token)
    require(issued is not None and call.now - issued < TOKEN_SECONDS, 95007)


def _is_turn_of_empty_page(call: Call) -> bool:
    """Tell whether this pull is the one in three that finds nothing yet; the next pull always finds it."""
    sim = call.sim
    sim.pulls += 1
    return sim.pulls % EMPTY_PAGE_EVERY == 0


ENDPOINTS = (
    Endpoint(method="POST", path="/cgi-bin/kf/sync_msg", handler=sync_msg, capability="kf", read=True),
)
