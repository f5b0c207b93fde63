"""The control API: how the demo window and tests play people and pull the fault switches.

It answers only to clients on this machine and to pages of this machine, and shows no secret.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from webhooks.simulator.app_people import AppRoom
from webhooks.simulator.callbacks import Delivery
from webhooks.simulator.faults import Faults
from webhooks.simulator.kf_people import KfRoom
from webhooks.simulator.simulator import Simulator
from webhooks.simulator.spoken import NotPossibleError, NotThereError, Spoken
from webhooks.simulator.state import iso
from webhooks.simulator.story import Storyteller

HEARTBEAT_SECONDS = 15.0
QUIET_SECONDS = 0.05


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ServicerLine(Spoken):
    userid: str


class Recall(_Request):
    id: str


class MenuClick(_Request):
    message_id: str
    item: int


class SessionChange(_Request):
    action: Literal["take", "end"]
    userid: str


class Enter(_Request):
    scene: str = ""
    scene_param: str = ""


class CardClick(_Request):
    message_id: str
    key: str
    selected: dict[str, list[str]] = Field(default_factory=dict)


class Emission(_Request):
    """A callback written by hand: `fields` become its elements, lists repeat an element."""

    door: str
    fields: dict[str, Any]


class CallbackSetting(_Request):
    callback_url: str = Field(pattern=r"^https?://")
    token: str | None = Field(default=None, pattern=r"^[0-9A-Za-z]{1,32}$")
    aes_key: str | None = Field(default=None, pattern=r"^[0-9A-Za-z]{43}$")


async def simulator_of(request: Request) -> Simulator:
    sim: Simulator = request.app.state.simulator
    return sim


async def storyteller_of(request: Request) -> Storyteller:
    teller: Storyteller | None = request.app.state.storyteller
    if teller is None:
        raise NotThereError("no story was given")
    return teller


Sim = Annotated[Simulator, Depends(simulator_of)]
Teller = Annotated[Storyteller, Depends(storyteller_of)]


async def kf_room(sim: Sim, open_kfid: str, external_userid: str) -> KfRoom:
    return KfRoom.find(sim, open_kfid, external_userid)


async def app_room(sim: Sim, agentid: int, userid: str) -> AppRoom:
    return AppRoom.find(sim, agentid, userid)


CustomerRoom = Annotated[KfRoom, Depends(kf_room)]
MemberRoom = Annotated[AppRoom, Depends(app_room)]


async def guard(request: Request, sim: Sim) -> None:
    """Let only this machine in, and no web page of another one.

    A page elsewhere could reach this port through the visitor's browser; its Origin gives it away, and a
    host name with a dot that points here (DNS rebinding) does too.
    """
    origin = request.headers.get("origin")
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    near = request.client is not None and is_loopback(request.client.host)
    known_host = is_loopback(host) or "." not in host
    known_origin = (
        origin is None or origin in sim.options.control_origins or is_loopback(urlsplit(origin).hostname)
    )
    if not (near and known_host and known_origin):
        raise HTTPException(status_code=403)


def is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


router = APIRouter(prefix="/sim/api", dependencies=[Depends(guard)])
CUSTOMER_CHAT = "/kf/{open_kfid}/{external_userid}"
MEMBER_CHAT = "/apps/{agentid}/{userid}"


def register_control(app: FastAPI, sim: Simulator, teller: Storyteller | None) -> None:
    """Add the control API to the application."""
    app.state.simulator, app.state.storyteller = sim, teller
    # The routes hold no state: they are built once and shared, which keeps making an application cheap.
    app.router.routes.extend(router.routes)
    app.add_exception_handler(NotThereError, _answer_with(404))
    app.add_exception_handler(NotPossibleError, _answer_with(409))


def _answer_with(status: int) -> Any:
    async def answer(_request: Request, error: Exception) -> Response:
        return JSONResponse({"detail": str(error)}, status_code=status)

    return answer


@router.get("/state")
async def show_state(sim: Sim) -> dict[str, Any]:
    return _shown_state(sim)


@router.get("/trace")
async def show_trace(sim: Sim, after: int = 0) -> dict[str, Any]:
    return {"entries": sim.trace.after(after)}


@router.get("/events")
async def stream_events(sim: Sim) -> StreamingResponse:
    return StreamingResponse(_stream(sim), media_type="text/event-stream")


@router.post(f"{CUSTOMER_CHAT}/customer")
async def customer_says(room: CustomerRoom, line: Spoken) -> dict[str, Any]:
    return room.customer_says(line).shown()


@router.post(f"{CUSTOMER_CHAT}/servicer")
async def servicer_says(room: CustomerRoom, line: ServicerLine) -> dict[str, Any]:
    return room.servicer_says(line.userid, line).shown()


@router.post(f"{CUSTOMER_CHAT}/enter")
async def customer_enters(room: CustomerRoom, how: Enter | None = None) -> dict[str, Any]:
    how = how or Enter()
    room.enter(how.scene, how.scene_param)
    return {}


@router.post(f"{CUSTOMER_CHAT}/recall")
async def recall(room: CustomerRoom, what: Recall) -> dict[str, Any]:
    room.recall(what.id)
    return {}


@router.post(f"{CUSTOMER_CHAT}/menu")
async def click_menu(room: CustomerRoom, click: MenuClick) -> dict[str, Any]:
    message = room.click_menu(click.message_id, click.item)
    return message.shown() if message else {}


@router.post(f"{CUSTOMER_CHAT}/session")
async def change_session(room: CustomerRoom, change: SessionChange) -> dict[str, Any]:
    room.change_session(change.action, change.userid)
    return {}


@router.post(f"{MEMBER_CHAT}/message")
async def member_says(room: MemberRoom, line: Spoken) -> dict[str, Any]:
    return room.member_says(line).shown()


@router.post(f"{MEMBER_CHAT}/click")
async def click_card(room: MemberRoom, what: CardClick) -> dict[str, Any]:
    room.click(what.message_id, what.key, what.selected)
    return {}


@router.post("/emit")
async def emit(sim: Sim, emission: Emission) -> dict[str, Any]:
    if emission.door not in sim.doors:
        raise NotThereError("no such door")
    name = str(emission.fields.get("Event") or emission.fields.get("MsgType") or "emitted")
    sim.emit(Delivery(door=emission.door, name=name, fields=emission.fields))
    return {}


@router.post("/faults")
async def change_faults(sim: Sim, wanted: dict[str, Any]) -> dict[str, Any]:
    try:
        checked = Faults.model_validate({**sim.faults.model_dump(), **wanted})
    except ValueError as error:
        raise HTTPException(status_code=422, detail="unknown fault or value") from error
    if checked.revoke_token:
        sim.tokens.revoke_all()
        checked.revoke_token = False
    sim.set_faults(checked)
    return sim.faults.model_dump()


@router.post("/reset")
async def reset(request: Request, sim: Sim) -> dict[str, Any]:
    teller: Storyteller | None = request.app.state.storyteller
    if teller is not None:
        teller.stop()
    sim.reset()
    return {}


@router.get("/doors")
async def show_doors(sim: Sim) -> list[dict[str, Any]]:
    return [
        {
            "name": door.name,
            "title": door.title,
            "agentid": door.agentid,
            "envelope": door.envelope,
            "callback_url": door.keys.callback_url,
        }
        for door in sim.doors.values()
    ]


@router.post("/doors/{name}")
async def save_door(sim: Sim, name: str, setting: CallbackSetting) -> dict[str, Any]:
    if name not in sim.doors:
        raise NotThereError("no such door")
    keys = replace(sim.doors[name].keys, **setting.model_dump(exclude_none=True))
    reason = await sim.set_callback(name, keys)
    if reason:
        raise NotPossibleError(f"URL verification failed, nothing was saved: {reason}")
    return {}


@router.get("/story")
async def show_story(teller: Teller) -> dict[str, Any]:
    return teller.story.shown()


@router.post("/story/play")
async def play_story(teller: Teller) -> dict[str, Any]:
    return {"steps": teller.play()}


def _shown_state(sim: Simulator) -> dict[str, Any]:
    world = sim.world.description
    return {
        "version": sim.changes.version,
        "corp_id": world.corp_id,
        "now": iso(sim.clock()),
        "members": [{"userid": one.userid, "name": one.name} for one in world.members],
        "customers": [
            {"external_userid": one.external_userid, "name": one.name, "company": one.company}
            for one in world.customers
        ],
        "kf_accounts": [{"open_kfid": one.open_kfid, "name": one.name} for one in world.kf_accounts],
        "apps": [
            {"agentid": door.agentid, "name": door.title}
            for door in sim.doors.values()
            if door.agentid is not None
        ],
        "kf_chats": [
            {
                "open_kfid": chat.open_kfid,
                "external_userid": chat.external_userid,
                "service_state": chat.service_state,
                "servicer_userid": chat.servicer_userid,
                "messages": [message.shown() for message in chat.messages],
            }
            for chat in sim.state.kf_chats.values()
        ],
        "app_chats": [
            {
                "agentid": chat.agentid,
                "userid": chat.userid,
                "messages": [message.shown() for message in chat.messages],
            }
            for chat in sim.state.app_chats.values()
        ],
        "faults": sim.faults.model_dump(),
    }


async def _stream(sim: Simulator) -> AsyncIterator[str]:
    version = sim.changes.version
    yield _event(version)
    while True:
        try:
            version = await asyncio.wait_for(sim.changes.beyond(version), HEARTBEAT_SECONDS)
        except TimeoutError:
            yield ": still here\n\n"
            continue
        yield _event(version)
        await asyncio.sleep(QUIET_SECONDS)


def _event(version: int) -> str:
    return f'event: changed\ndata: {{"version": {version}}}\n\n'
