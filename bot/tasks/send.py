"""Sends one message of the outbox, and never blindly twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.errors import CannotProcess, MaybeDone
from bot.interfaces import Channel, Outgoing, Sent
from bot.store import jobs, outbox
from bot.store.jobs import Job
from bot.store.outbox import Letter
from bot.store.store import Store, Transaction
from bot.tasks import Checkpoint, pass_by

LAST_CHANCE_SECONDS = 60.0
"""A repeat that may be the only one is not thrown into the outage that took the first answer."""


class Send:
    """The task of kind `send`; its subject is an outbox row.

    A crash or a lost answer leaves the outcome unknown. Where the channel knows our key, or still
    drops an identical message, a repeat is harmless; elsewhere there is one, and then a person
    decides. Every repeat is marked in the row.
    """

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        clock: Callable[[], datetime],
        checkpoint: Checkpoint = pass_by,
    ) -> None:
        self._store = store
        self._channels = channels
        self._clock = clock
        self._checkpoint = checkpoint

    async def __call__(self, job: Job) -> None:
        letter = await self._store.read(lambda tx: outbox.get(tx, job.subject_id))
        channel = self._channels[letter.conversation.channel]
        if job.cut_off and letter.state not in outbox.OVER:
            await self._repeat(letter, channel)
        letter = await self._store.write(lambda tx: outbox.begin(tx, job.subject_id, self._clock()))
        if letter.state in outbox.OVER:
            await self._store.write(lambda tx: jobs.finish(tx, job.id, self._clock()))
            return
        self._checkpoint("send.before_call")
        sent = await self._call(channel, letter)
        self._checkpoint("send.after_call")
        await self._store.write(lambda tx: self._keep(tx, job, sent))

    async def _call(self, channel: Channel, letter: Letter) -> Sent:
        try:
            return await channel.send(
                Outgoing(
                    key=letter.key,
                    conversation=letter.conversation,
                    kind=letter.kind,
                    body=letter.body,
                    repeat=letter.repeats > 0,
                    guard_duplicates=not letter.deliberate,
                )
            )
        except MaybeDone as error:
            await self._repeat(letter, channel)
            if self._harmless(letter, channel):
                raise
            raise MaybeDone(str(error), after_seconds=LAST_CHANCE_SECONDS) from error

    def _harmless(self, letter: Letter, channel: Channel) -> bool:
        return channel.keyed or letter.guarded_until is None or letter.guarded_until > self._clock()

    async def _repeat(self, letter: Letter, channel: Channel) -> None:
        if letter.repeats > 0 and not self._harmless(letter, channel):
            raise CannotProcess("发送结果不明，已重发过一次，请您看一眼对方是否收到")
        await self._store.write(lambda tx: outbox.mark_repeat(tx, letter.id))

    def _keep(self, tx: Transaction, job: Job, sent: Sent) -> None:
        now = self._clock()
        outbox.mark_sent(tx, job.subject_id, sent.channel_id, sent.response_code, now)
        jobs.finish(tx, job.id, now)
