"""What an admin can edit about the diagnosis: classes, needs, dimensions with their questions, limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """One of the twelve: its slots with their names, and the question worth asking while it is empty.

    `worth` orders the questions, higher first.
    """

    code: str
    name: str
    group: str
    slots: dict[str, str]
    multiple: tuple[str, ...]
    question: str
    reason: str
    worth: int


@dataclass(frozen=True, kw_only=True)
class Attention:
    """How much of the rep's attention we may take.

    Whatever is heard is shown in the sidebar; only a doubt at least as sure as `interrupt_from` makes a
    bot message, and only without a sidebar open there; a rep gets at most `messages_a_minute`. The same
    doubt is not offered again within `cooldown`; a suggestion is stale after `fresh_for`.
    """

    interrupt_from: float = 0.5
    cooldown: timedelta = timedelta(seconds=60)
    messages_a_minute: int = 2
    fresh_for: timedelta = timedelta(minutes=10)
    replies: int = 3


@dataclass(frozen=True, kw_only=True)
class Playbook:
    """Everything that decisions and pages take from the pack, by code."""

    objections: dict[str, str]
    needs: dict[str, str]
    groups: dict[str, str]
    dimensions: tuple[Dimension, ...]
    attention: Attention

    @property
    def multiple(self) -> frozenset[str]:
        """Slots that hold several values side by side, as `dim.slot`."""
        return frozenset(f"{dim.code}.{slot}" for dim in self.dimensions for slot in dim.multiple)

    def dimension(self, code: str) -> Dimension | None:
        """Return the dimension of this code."""
        return next((dim for dim in self.dimensions if dim.code == code), None)
