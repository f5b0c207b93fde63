"""Runs what understands and what knows beside the event loop, so that callbacks never wait for a model."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from dataclasses import dataclass

from bot.domain.playbook import Playbook
from bot.domain.suggestion import Passage, Query
from bot.domain.understanding import Understanding, Utterance
from bot.interfaces import Retriever, Understander


@dataclass(frozen=True, kw_only=True)
class Mind:
    """What understands, what knows, and the playbook they go by; models run on `thread`."""

    understander: Understander
    retriever: Retriever
    playbook: Playbook
    thread: Executor

    async def understand(self, utterance: Utterance) -> Understanding:
        """Return what one utterance means."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self.thread, self.understander.understand, [utterance])
        return found[0]

    async def retrieve(self, query: Query) -> list[Passage]:
        """Return fitting passages; no objections, no passages."""
        if not query.objections:
            return []
        return await asyncio.get_running_loop().run_in_executor(self.thread, self.retriever.retrieve, query)
