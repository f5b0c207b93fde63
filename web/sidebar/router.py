"""The sidebar's pages: the list, one conversation, its event stream, and what can be done there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.desk import Desk
from web.assets import serve_folder
from web.pages import WEB
from web.sessions import Session, Sessions
from web.sidebar.actions import actions_router, same_origin
from web.sidebar.numbers import RowNumber
from web.sidebar.panel import Renderer, edition
from web.sidebar.stream import HEARTBEAT_SECONDS, EventStream, PanelStream, Seats

SEARCH_LIMIT = 40
SEARCH_FROM = 8


def sidebar_router(
    *,
    desk: Desk,
    sessions: Sessions,
    clock: Callable[[], float],
    host_origins: tuple[str, ...] = (),
    heartbeat_seconds: float = HEARTBEAT_SECONDS,
) -> APIRouter:
    """Return all routes under `/sidebar`.

    `clock` gives seconds and only measures how long a stream is open; `host_origins` are the pages
    (such as the demo window) that may send for the rep when they frame the sidebar.
    """
    pages = Pages(desk, sessions, host_origins)
    streams = Streams(desk, sessions, clock, heartbeat_seconds, pages.renderer)
    router = APIRouter()
    router.add_api_route("/sidebar", pages.start, methods=["GET"])
    router.add_api_route("/sidebar/waiting", streams.waiting, methods=["GET"])
    router.add_api_route("/sidebar/c/{conversation_id}", pages.conversation, methods=["GET"])
    router.add_api_route("/sidebar/c/{conversation_id}/events", streams.events, methods=["GET"])
    serve_folder(router, "/sidebar/static", WEB / "sidebar" / "static")
    router.include_router(actions_router(desk=desk, sessions=sessions))
    return router


class Pages:
    """The pages a rep opens."""

    def __init__(self, desk: Desk, sessions: Sessions, host_origins: tuple[str, ...]) -> None:
        self._desk = desk
        self._sessions = sessions
        self._hosts = " ".join(host_origins)
        self.renderer = Renderer()

    async def start(
        self, request: Request, customer: str = "", conversation: int | None = None, q: str = ""
    ) -> Response:
        """Show the rep's list, or go on to the conversation asked for."""
        rep_id = self._sessions.current_rep(request)
        if rep_id is None:
            return self._please_sign_in(request)
        if customer and conversation is None:
            conversation = await self._desk.find(rep_id, customer)
            if conversation is None:
                return self._page(request, "waiting.html", customer=customer)
        if conversation is not None:
            return RedirectResponse(f"/sidebar/c/{conversation}", status_code=303)
        query = q.strip()[:SEARCH_LIMIT]
        found = await self._desk.conversations(rep_id, query)
        return self._page(
            request, "list.html", lines=found.lines, query=query, total=found.total,
            searchable=found.total > SEARCH_FROM,
        )  # fmt: skip

    async def conversation(self, request: Request, conversation_id: RowNumber) -> Response:
        rep_id = self._sessions.current_rep(request)
        if rep_id is None:
            return self._please_sign_in(request)
        view = await self._desk.view(rep_id, conversation_id)
        panel = self.renderer.panel(view)
        return self._page(
            request, "page.html", view=view, panel=panel, edition=edition(view), hosts=self._hosts
        )

    def _page(self, request: Request, template: str, **values: object) -> Response:
        response = HTMLResponse(self.renderer.page(template, **values))
        self._sessions.renew(request, response)
        return response

    def _please_sign_in(self, request: Request) -> Response:
        here = f"{request.url.path}?{request.url.query}"
        return HTMLResponse(self.renderer.page("signin.html", here=here), status_code=401)


class Streams:
    """Opens event streams."""

    def __init__(
        self,
        desk: Desk,
        sessions: Sessions,
        clock: Callable[[], float],
        heartbeat_seconds: float,
        renderer: Renderer,
    ) -> None:
        self._desk = desk
        self._sessions = sessions
        self._seats = Seats()
        self._open = partial(
            PanelStream, desk=desk, renderer=renderer, sessions=sessions, clock=clock,
            heartbeat_seconds=heartbeat_seconds,
        )  # fmt: skip

    async def events(
        self, request: Request, conversation_id: RowNumber, after: str | None = None
    ) -> Response:
        """Stream the panel; `Last-Event-ID` (or `after` at first) says what the browser has."""
        same_origin(request)
        session = self._signed_in(request)
        await self._desk.view(session.rep_id, conversation_id)
        seen = request.headers.get("last-event-id") or after
        return self._stream(request, session, self._open(session=session).events(conversation_id, seen))

    async def waiting(self, request: Request, customer: str) -> Response:
        """Stream nothing until this customer's conversation is there, then its id."""
        same_origin(request)
        session = self._signed_in(request)
        return self._stream(request, session, self._open(session=session).arrival(customer))

    def _stream(self, request: Request, session: Session, events: AsyncIterator[str]) -> Response:
        self._seats.check(session.rep_id)
        response = EventStream(events, partial(self._seats.taken, session.rep_id))
        self._sessions.renew(request, response)
        return response

    def _signed_in(self, request: Request) -> Session:
        session = self._sessions.read(request)
        if session is None:
            raise HTTPException(401)
        return session
