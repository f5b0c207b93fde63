"""Looks up who a new customer is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.interfaces import Channel, Profile
from bot.store import conversations, jobs
from bot.store.jobs import Job
from bot.store.store import Store, Transaction


class LookUp:
    """The task of kind `profile`; its subject is a conversation."""

    def __init__(self, store: Store, channels: Mapping[str, Channel], clock: Callable[[], datetime]) -> None:
        self._store = store
        self._channels = channels
        self._clock = clock

    async def __call__(self, job: Job) -> None:
        conversation = await self._store.read(lambda tx: conversations.get(tx, job.subject_id))
        profile = None
        if conversation is not None:
            profile = await self._channels[conversation.key.channel].profile(conversation.key)
        await self._store.write(lambda tx: self._keep(tx, job, profile))

    def _keep(self, tx: Transaction, job: Job, profile: Profile | None) -> None:
        if profile is not None:
            conversations.name(tx, job.subject_id, profile.name, profile.company)
        jobs.finish(tx, job.id, self._clock())
