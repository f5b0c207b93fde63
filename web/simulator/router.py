"""Serves the demo window from the simulator's application; the page drives it by its control API."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from web.assets import serve_folder
from web.headers import HeaderPolicy
from web.pages import WEB, environment


def demo_router(*, product_url: str) -> APIRouter:
    """Return `GET /` and its assets; `product_url` is where the sidebar is served."""
    parts = urlsplit(product_url)
    product = f"{parts.scheme}://{parts.netloc}"
    policy = HeaderPolicy(frame_sources=(product,))
    page = environment("simulator").get_template("demo.html").render(product=product)
    router = APIRouter()

    @router.get("/")
    async def window(request: Request) -> Response:
        here = request.url.hostname or ""
        # Under another name of this machine the sidebar's cookie would count as a stranger's.
        if parts.hostname and here != parts.hostname and _both_own(here, parts.hostname):
            return RedirectResponse(str(request.url.replace(hostname=parts.hostname)), status_code=307)
        return HTMLResponse(page, headers=dict(policy.headers("/", request.url.scheme)))

    serve_folder(router, "/demo/static", WEB / "simulator" / "static")
    serve_folder(router, "/static", WEB / "static")
    return router


def _both_own(one: str, other: str) -> bool:
    return all(host == "localhost" or _is_loopback(host) for host in (one, other))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
