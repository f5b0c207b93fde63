"""Turns templates into pages: one Jinja2 environment per page family, escaping always on."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

WEB = Path(__file__).parent
BEIJING = timezone(timedelta(hours=8))


def environment(*families: str) -> Environment:
    """Return an environment over `web/templates` and the `templates` folder of each named family."""
    folders = [WEB / "templates", *(WEB / family / "templates" for family in families)]
    env = Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["clock"] = clock_text
    env.filters["iso"] = iso
    return env


def clock_text(moment: datetime) -> str:
    """Return the moment as it reads on a wall clock in China, such as `10-24 09:12`."""
    return moment.astimezone(BEIJING).strftime("%m-%d %H:%M")


def iso(moment: datetime) -> str:
    """Return the moment for a `datetime` attribute; the page's script turns it into 3分钟前."""
    return moment.astimezone(BEIJING).isoformat(timespec="seconds")
