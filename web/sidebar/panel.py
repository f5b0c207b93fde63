"""Renders what the sidebar shows; the same view always gives the same HTML, so it needs no clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.domain.sidebar import Doubt, SidebarView
from web.pages import environment
from web.sidebar import marks, words

SHOWN_DOUBTS = 4


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A rendered panel and what its event carries beside the HTML."""

    version: int
    html: str
    message_id: int | None
    suggestion_id: int | None

    def payload(self) -> dict[str, Any]:
        """Return the JSON of the `panel` event."""
        return {
            "version": self.version,
            "html": self.html,
            "message_id": self.message_id,
            "suggestion_id": self.suggestion_id,
        }


def edition(view: SidebarView) -> str:
    """Name what a view shows: its version, and what is on the table, for that goes stale without a new version."""
    return f"{view.version}-{view.offer.suggestion_id if view.offer else 0}"


class Renderer:
    """Turns views into HTML."""

    def __init__(self) -> None:
        self.env = environment("sidebar")
        self.env.globals["words"] = words
        self.env.globals["marks"] = marks

    def panel(self, view: SidebarView) -> Panel:
        """Render the part of the page that changes."""
        heard = view.heard if view.heard and view.heard.doubts else None
        doubts = sorted(heard.doubts, key=_by_confidence) if heard else []
        html = self.env.get_template("panel.html").render(
            view=view, heard=heard, doubts=doubts[:SHOWN_DOUBTS], more_doubts=doubts[SHOWN_DOUBTS:]
        )
        return Panel(
            version=view.version,
            html=html,
            message_id=view.heard.message_id if view.heard else None,
            suggestion_id=view.offer.suggestion_id if view.offer else None,
        )

    def page(self, template: str, **values: Any) -> str:
        """Render a whole page."""
        return self.env.get_template(template).render(**values)


def _by_confidence(doubt: Doubt) -> float:
    return -doubt.confidence
