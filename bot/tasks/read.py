"""Reads what a delivery announced: pages by a durable cursor, each page stored whole in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot.domain.conversation import (
    ConversationKey,
    ConversationKind,
    Incoming,
    IncomingMessage,
    Recall,
    RepAssigned,
)
from bot.domain.picture import Level, Source, withdraw
from bot.interfaces import Channel, Page
from bot.store import conversations, deliveries, facts, jobs, messages, outbox, understandings
from bot.store.deliveries import Delivery
from bot.store.jobs import Job
from bot.store.store import Store, Transaction
from bot.tasks import Checkpoint, pass_by


class Read:
    """The task of kind `read`; its subject is a delivery.

    Signals that waited together are read together: by the newest one, because a token lives ten minutes,
    and one complete reading ends the jobs of all that had been stored when it began.
    """

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        clock: Callable[[], datetime],
        *,
        lease_seconds: float = 60,
        multiple: frozenset[str] = frozenset(),
        checkpoint: Checkpoint = pass_by,
    ) -> None:
        self._store = store
        self._channels = channels
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._multiple = multiple
        self._checkpoint = checkpoint

    async def __call__(self, job: Job) -> None:
        delivery, cursor = await self._store.read(lambda tx: self._load(tx, job))
        channel = self._channels[delivery.door]
        more = True
        while more:
            page = await channel.read(delivery.payload, cursor)
            self._checkpoint("read.page_fetched")
            await self._store.write(lambda tx, page=page: self._keep(tx, job, delivery, page))  # type: ignore[misc]
            self._checkpoint("read.page_stored")
            cursor, more = page.cursor, page.has_more

    def _load(self, tx: Transaction, job: Job) -> tuple[Delivery, str | None]:
        delivery = deliveries.get(tx, job.subject_id)
        if self._channels[delivery.door].by_cursor:
            delivery = deliveries.newest_waiting(tx, delivery.lane) or delivery
        return delivery, deliveries.cursor(tx, delivery.lane)

    def _keep(self, tx: Transaction, job: Job, delivery: Delivery, page: Page) -> None:
        now = self._clock()
        for item in page.items:
            self._save(tx, item, now)
        if page.cursor is not None:
            deliveries.move_cursor(tx, delivery.lane, page.cursor, now)
        if page.has_more:
            jobs.extend(tx, job.id, now + timedelta(seconds=self._lease_seconds))
            return
        jobs.finish(tx, job.id, now)
        if self._channels[delivery.door].by_cursor:
            deliveries.read_through(tx, delivery, now)

    def _save(self, tx: Transaction, item: Incoming, now: datetime) -> None:
        if isinstance(item, Recall):
            self._recall(tx, item, now)
        elif isinstance(item, RepAssigned):
            conversations.assign(tx, _ensure(tx, item.conversation, now, item.rep_id), item.rep_id)
        else:
            _save_message(tx, item, now)

    def _recall(self, tx: Transaction, item: Recall, now: datetime) -> None:
        """A recalled message leaves nothing behind: neither its words nor what was read from them."""
        gone = messages.recall(tx, item.key, now)
        if gone is None:
            return
        message_id, conversation_id = gone
        understandings.forget_message(tx, message_id)
        outbox.forget_message(tx, message_id)
        picture = facts.picture(tx, conversation_id, self._multiple)
        source = Source(message_id=message_id, level=Level.CUSTOMER, said_at=now)
        facts.save(tx, conversation_id, withdraw(picture, message_id, source).changed)
        facts.blank(tx, message_id)


def _save_message(tx: Transaction, item: IncomingMessage, now: datetime) -> None:
    conversation_id = _ensure(tx, item.conversation, now, item.rep_id)
    message_id = messages.save(tx, conversation_id, item)
    if message_id is None:
        return
    jobs.enqueue(
        tx,
        lane=f"conversation:{conversation_id}",
        kind="understand",
        subject_id=message_id,
        position=f"{item.sort_key}:{message_id:012d}",
        now=now,
    )


def _ensure(tx: Transaction, key: ConversationKey, now: datetime, rep_id: str | None) -> int:
    kind = ConversationKind.BOT if key.channel == "app" else ConversationKind.CUSTOMER
    conversation_id, is_new = conversations.ensure(tx, key, kind, rep_id)
    if is_new and kind is ConversationKind.CUSTOMER:
        lane = f"profile:{conversation_id}"
        jobs.enqueue(tx, lane=lane, kind="profile", subject_id=conversation_id, position="0", now=now)
    return conversation_id
