"""What a rep does in the sidebar: use or dismiss a suggestion, set consent, retry parked work."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeVar
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from bot.desk import Desk
from bot.domain.conversation import Consent
from web.sessions import Sessions
from web.sidebar.numbers import RowNumber

BODY_BYTES = 16 * 1024
LONGEST_TEXT = 2000


class Form(BaseModel):
    """What every form obeys: no unknown fields."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Use(Form):
    passage: int = Field(ge=0, le=20)
    text: str = Field(min_length=1, max_length=LONGEST_TEXT)


class Dismiss(Form):
    reason: Literal["not_true", "not_now", "wording", "other"]


class SetConsent(Form):
    consent: Literal["agreed", "withdrawn"]


class Retry(Form):
    """Nothing to say beside which job."""


def same_origin(request: Request) -> None:
    """Refuse a request that another site's page made."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403)
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise HTTPException(403)


def own_script(request: Request) -> None:
    """Let only our own script change anything: a header no form can set, from our own origin."""
    if request.headers.get("x-wenzhen") != "1" or "origin" not in request.headers:
        raise HTTPException(403)
    same_origin(request)


F = TypeVar("F", bound=Form)


def actions_router(*, desk: Desk, sessions: Sessions) -> APIRouter:
    """Return the routes that change something; all of them stand behind `own_script`."""
    router = APIRouter(dependencies=[Depends(own_script)])

    async def act(request: Request, work: Callable[[str], Awaitable[None]]) -> Response:
        rep_id = sessions.current_rep(request)
        if rep_id is None:
            raise HTTPException(401)
        await work(rep_id)
        response = JSONResponse({})
        sessions.renew(request, response)
        return response

    @router.post("/sidebar/suggestions/{suggestion_id}/use")
    async def use(suggestion_id: RowNumber, request: Request) -> Response:
        form = await read_form(request, Use)
        return await act(request, lambda rep: desk.use(rep, suggestion_id, form.passage, form.text))

    @router.post("/sidebar/suggestions/{suggestion_id}/dismiss")
    async def dismiss(suggestion_id: RowNumber, request: Request) -> Response:
        form = await read_form(request, Dismiss)
        return await act(request, lambda rep: desk.dismiss(rep, suggestion_id, form.reason))

    @router.post("/sidebar/c/{conversation_id}/consent")
    async def consent(conversation_id: RowNumber, request: Request) -> Response:
        chosen = Consent((await read_form(request, SetConsent)).consent)
        return await act(request, lambda rep: desk.set_consent(rep, conversation_id, chosen))

    @router.post("/sidebar/jobs/{job_id}/retry")
    async def retry(job_id: RowNumber, request: Request) -> Response:
        await read_form(request, Retry)
        return await act(request, lambda rep: desk.retry(rep, job_id))

    return router


async def read_form(request: Request, form: type[F]) -> F:
    """Read a JSON or form body of at most 16 KB."""
    body = await _capped(request)
    kind = request.headers.get("content-type", "")
    try:
        fields: Any = (
            dict(parse_qsl(body.decode())) if "form-urlencoded" in kind else json.loads(body or b"{}")
        )
        return form.model_validate(fields)
    except (ValidationError, ValueError) as error:
        raise HTTPException(422) from error


async def _capped(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            raise HTTPException(413)
    return body
