"""The steps of a message after it was stored: read, understand, send. Each ends in one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.store.jobs import Job

Task = Callable[[Job], Awaitable[None]]
"""Does one job. Its last transaction holds both the effects and `jobs.finish`."""

Checkpoint = Callable[[str], None]
"""Called with the name of each step, so that a test can end the process exactly there."""


def pass_by(_step: str) -> None:
    """The checkpoint of production: nothing happens."""
