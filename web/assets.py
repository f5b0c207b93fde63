"""Serves the style sheets and scripts that stand beside the templates."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles


def serve_folder(router: APIRouter, prefix: str, folder: Path) -> None:
    """Answer `GET prefix/{name}` with the file of that name; flat, so no path can climb out."""
    files = StaticFiles(directory=folder)

    @router.get(prefix + "/{name}")
    async def asset(name: str, request: Request) -> Response:
        return await files.get_response(name, request.scope)
