"""A scripted example story that plays itself in the chat windows, with pauses as people make them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from webhooks.simulator.app_people import AppRoom
from webhooks.simulator.kf_people import KfRoom
from webhooks.simulator.simulator import Simulator
from webhooks.simulator.spoken import NotPossibleError, Spoken

DEMO_STORY = Path(__file__).parent / "stories" / "hengsheng.yaml"


class Step(BaseModel):
    """One line of the story: `pause_seconds` pass before it is said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    who: Literal["customer", "servicer", "member"]
    text: str
    pause_seconds: float = Field(ge=0, le=60)


class Story(BaseModel):
    """Who talks where, and what is said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    open_kfid: str
    external_userid: str
    agentid: int
    userid: str
    steps: tuple[Step, ...]

    @classmethod
    def load(cls, path: Path) -> Story:
        return cls.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))

    def shown(self) -> dict[str, Any]:
        return {"title": self.title, "steps": [step.model_dump() for step in self.steps]}


class Storyteller:
    """Plays one story at a time."""

    def __init__(self, sim: Simulator, story: Story) -> None:
        self._sim = sim
        self.story = story
        self._playing: asyncio.Task[None] | None = None

    def play(self) -> int:
        """Start playing; return the number of steps."""
        if self._playing is not None and not self._playing.done():
            raise NotPossibleError("the story is playing already")
        self._playing = self._sim.background.spawn(self._tell())
        return len(self.story.steps)

    def stop(self) -> None:
        if self._playing is not None:
            self._playing.cancel()

    async def _tell(self) -> None:
        for step in self.story.steps:
            await self._sim.options.sleep(step.pause_seconds)
            self._voices()[step.who](Spoken(text=step.text))

    def _voices(self) -> dict[str, Callable[[Spoken], Any]]:
        # Looked up for every step: a reset in between replaces the chats.
        story = self.story
        room = KfRoom.find(self._sim, story.open_kfid, story.external_userid)
        return {
            "customer": room.customer_says,
            "servicer": lambda spoken: room.servicer_says(story.userid, spoken),
            "member": AppRoom.find(self._sim, story.agentid, story.userid).member_says,
        }
