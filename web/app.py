"""Puts routers together into one application, with pages for what went wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from jinja2 import Environment
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from bot.errors import CannotProcess, FixSettings, Refused, TryLater
from web.assets import serve_folder
from web.headers import HeaderPolicy, SecurityHeaders
from web.pages import WEB, environment

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


@dataclass(frozen=True)
class Trouble:
    """What a person reads when something went wrong, and what to do next."""

    title: str
    advice: str


TROUBLES = {
    400: Trouble("这个请求看不懂", "请返回上一页再试一次。"),
    401: Trouble("请先登录", "请回到企业微信，从聊天侧边栏重新进入。"),
    403: Trouble("这里不能打开", "请回到企业微信，从聊天侧边栏进入。"),
    404: Trouble("没有找到", "可能已经转给同事，或者已经删除。请返回列表看看。"),
    405: Trouble("这个操作不支持", "请返回上一页再试一次。"),
    409: Trouble("已经处理过了", "请刷新页面看最新的情况。"),
    413: Trouble("内容太长了", "请删短一些再试。"),
    422: Trouble("内容不完整", "请检查后再试一次。"),
    429: Trouble("打开得太多了", "请关掉几个同样的页面再试。"),
    500: Trouble("出了点问题", "不是您的操作问题。请过一会儿再试，如果还不行，请告诉管理员。"),
    503: Trouble("暂时忙不过来", "请过几秒再试一次。"),
}
NOT_SET_UP = Trouble("系统还没有设置好", "不是您的操作问题。请告诉管理员，要改的地方写在系统日志里。")
NO_LIST = {401, 403}

log = logging.getLogger(__name__)


def create_app(
    *, routers: Sequence[APIRouter], policy: HeaderPolicy | None = None, lifespan: Lifespan | None = None
) -> FastAPI:
    """Return an application that serves `routers` and the shared assets under `/static`."""
    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    shared = APIRouter()
    serve_folder(shared, "/static", WEB / "static")
    for router in (*routers, shared):
        app.include_router(router)
    rules = policy or HeaderPolicy()
    app.add_middleware(SecurityHeaders, policy=rules)
    _answer_errors(app, rules)
    return app


def _answer_errors(app: FastAPI, policy: HeaderPolicy) -> None:
    env = environment()

    def answer(status: int) -> Callable[[Request, Exception], Response]:
        return lambda request, _error: trouble(env, request, status)

    async def http_error(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return trouble(env, request, status)

    async def crash(request: Request, _error: Exception) -> Response:
        # The outermost handler stands outside the middleware, so it adds the headers itself.
        response = trouble(env, request, 500)
        response.headers.update(policy.headers(request.url.path, request.url.scheme))
        return response

    async def not_set_up(request: Request, error: Exception) -> Response:
        log.error("settings.refused error=%s", error)
        return trouble(env, request, 500, NOT_SET_UP)

    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(RequestValidationError, answer(422))
    app.add_exception_handler(Refused, answer(404))
    app.add_exception_handler(CannotProcess, answer(409))
    app.add_exception_handler(TryLater, answer(503))
    app.add_exception_handler(FixSettings, not_set_up)
    app.add_exception_handler(Exception, crash)


def trouble(env: Environment, request: Request, status: int, said: Trouble | None = None) -> Response:
    """Return the page (or, for scripts, the JSON) of an error; it repeats nothing of the request."""
    words = said or TROUBLES.get(status, TROUBLES[500 if status >= 500 else 400])
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"error": f"{words.title}。{words.advice}"}, status_code=status)
    page = env.get_template("trouble.html").render(trouble=words, listed=status not in NO_LIST)
    return HTMLResponse(page, status_code=status)
