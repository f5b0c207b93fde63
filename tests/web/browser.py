"""Headless Chromium for tests: found by name, quiet, and strict about errors on the page."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@asynccontextmanager
async def chromium() -> AsyncIterator[Any]:
    """Run Chromium; skips the test, naming what is missing, where it cannot."""
    playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"none of {', '.join(NAMES)} is installed")
    async with playwright.async_playwright() as engine:
        browser = await engine.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def opened(
    browser: Any, *, width: int = 400, strict: bool = True, **settings: Any
) -> AsyncIterator[Any]:
    """Open a page; when `strict`, any error or refused resource on it fails the test."""
    context = await browser.new_context(viewport={"width": width, "height": 800}, locale="zh-CN", **settings)
    context.set_default_timeout(8000)
    page = await context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    try:
        yield page
    finally:
        await context.close()
    if strict:
        assert troubles == []


SMALL_TARGETS = """() => [...document.querySelectorAll('button, summary, a, input, textarea, select')]
  .filter((one) => one.checkVisibility({visibilityProperty: true, opacityProperty: true}))
  .map((one) => [one.textContent.trim() || one.className, one.getBoundingClientRect()])
  .filter(([, box]) => box.height && (box.height < 44 || box.width < 24))
  .map(([name, box]) => `${name} ${box.width}x${box.height}`)"""

TOO_WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
