"""What every API call passes: faults, token, address, capability, ceilings; then its handler."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Literal

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from webhooks.simulator.refusal import Refusal, require
from webhooks.simulator.simulator import Simulator
from webhooks.simulator.trace import Passage
from webhooks.simulator.world import NOBODY, Capability, Door

BODY_LIMIT_BYTES = 24 * 1024 * 1024
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


@dataclass(frozen=True, kw_only=True)
class Upload:
    filename: str
    content_type: str
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call that passed the gate. `door` is whose token was used."""

    sim: Simulator
    door: Door
    ip: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: dict[str, Any] = field(default_factory=dict)
    upload: Upload | None = None

    @property
    def now(self) -> float:
        return self.sim.clock()

    def text(self, name: str) -> str:
        """Return a string of the body, "" when absent; refuse other types."""
        value = self.body.get(name, "")
        require(isinstance(value, str), 40058, f"{name} is not a string. Warning: wrong json format.")
        return str(value)

    def number(self, name: str, default: int) -> int:
        value = self.body.get(name, default)
        require(isinstance(value, int), 40058, f"{name} is not a number. Warning: wrong json format.")
        return int(value)


Handler = Callable[[Call], "dict[str, Any] | Response"]


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One API path. `capability` None: open to every token of the corp.

    `read`: identical calls at the same time get 45033. `public`: needs no token.
    """

    method: Literal["GET", "POST"]
    path: str
    handler: Handler
    capability: Capability | None = None
    read: bool = False
    public: bool = False


class Gate:
    """Registers endpoints and answers them as WeCom does: HTTP 200, whatever happened."""

    def __init__(self, sim: Simulator) -> None:
        self._sim = sim
        self._in_flight: set[tuple[object, ...]] = set()

    def register(self, app: FastAPI, endpoints: tuple[Endpoint, ...]) -> None:
        for endpoint in endpoints:
            app.router.routes.append(
                Route(
                    endpoint.path, self._route(endpoint), methods=[endpoint.method], include_in_schema=False
                )
            )

    def _route(self, endpoint: Endpoint) -> Any:
        async def route(request: Request) -> Response:
            return await self._serve(endpoint, request)

        return route

    async def _serve(self, endpoint: Endpoint, request: Request) -> Response:
        started = time.perf_counter()
        mode = self._sim.faults.fail_calls
        with ExitStack() as occupied:
            if mode == "http500":
                status, response = "http500", Response(status_code=500)
            else:
                status, response = await self._answer(endpoint, request, occupied)
            if self._sim.faults.delay_seconds:
                await self._sim.options.sleep(self._sim.faults.delay_seconds)
        self._sim.trace.add(
            Passage(
                kind="api",
                name=endpoint.path.removeprefix("/cgi-bin/"),
                status="dropped" if mode == "drop" else status,
                ms=(time.perf_counter() - started) * 1000,
                detail=f"{endpoint.method} errcode {status}",
            )
        )
        return _HangUp() if mode == "drop" else response

    async def _answer(
        self, endpoint: Endpoint, request: Request, occupied: ExitStack
    ) -> tuple[str, Response]:
        ip = request.client.host if request.client else ""
        try:
            require(self._sim.faults.fail_calls != "busy", -1)
            door = NOBODY if endpoint.public else self._admit(endpoint, request, ip)
            call = await _read(self._sim, door, request)
            if endpoint.read:
                self._occupy(endpoint, call, occupied)
            result = endpoint.handler(call)
        except Refusal as refusal:
            return str(refusal.errcode), JSONResponse(refusal.body(ip))
        if isinstance(result, Response):
            return "0", result
        return "0", JSONResponse({"errcode": 0, "errmsg": "ok", **result})

    def _admit(self, endpoint: Endpoint, request: Request, ip: str) -> Door:
        sim = self._sim
        door = sim.tokens.door_of(request.query_params.get("access_token"))
        allowed = sim.world.description.allowed_ips
        require(allowed is None or ip in allowed, 60020)
        require(endpoint.capability is None or endpoint.capability in door.capabilities, 48002)
        require(not sim.faults.rate_limit, 45009)
        limits, ceilings = sim.limits, sim.ceilings
        require(ceilings.admits(f"minute {endpoint.path}", limits.calls_per_minute, MINUTE), 45009)
        require(ceilings.admits(f"hour {endpoint.path}", limits.calls_per_hour, HOUR), 45009)
        require(ceilings.admits(f"ip {ip}", limits.ip_calls_per_minute, MINUTE), 45009)
        return door

    def _occupy(self, endpoint: Endpoint, call: Call, occupied: ExitStack) -> None:
        query = tuple(sorted((k, v) for k, v in call.query.items() if k != "access_token"))
        body = json.dumps(call.body, sort_keys=True)
        key = (endpoint.path, call.door.name, query, body, call.headers.get("range"))
        require(key not in self._in_flight, 45033)
        self._in_flight.add(key)
        occupied.callback(self._in_flight.discard, key)


class _HangUp(Response):
    """Closes the connection in the middle of an answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


async def _read(sim: Simulator, door: Door, request: Request) -> Call:
    parts: dict[str, Any] = {}
    if request.method == "POST":
        if request.headers.get("content-type", "").startswith("multipart/"):
            parts["upload"] = await _read_upload(request)
        else:
            parts["body"] = _read_json(await request.body())
    ip = request.client.host if request.client else ""
    return Call(
        sim=sim, door=door, ip=ip, query=dict(request.query_params), headers=dict(request.headers), **parts
    )


def _read_json(raw: bytes) -> dict[str, Any]:
    require(len(raw) <= BODY_LIMIT_BYTES, 45002)
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise Refusal(40058, "Warning: wrong json format.") from error
    require(isinstance(body, dict), 40058, "Warning: wrong json format.")
    return dict(body)


async def _read_upload(request: Request) -> Upload | None:
    require(int(request.headers.get("content-length", "0")) <= BODY_LIMIT_BYTES, 45001)
    async with request.form(max_files=2, max_fields=8) as form:
        part = form.get("media")
        # The service reads only a plain filename=, never the encoded filename*= alone.
        if not isinstance(part, UploadFile) or "filename=" not in _disposition(part):
            return None
        return Upload(
            filename=part.filename or "",
            content_type=part.content_type or "application/octet-stream",
            data=await part.read(),
        )


def _disposition(part: UploadFile) -> str:
    return part.headers.get("content-disposition", "")
