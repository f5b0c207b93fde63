"""Understands one message and lets the dialogue decide; everything that follows is one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.dialogue.decide import Case, Decision, OpenOffer, decide
from bot.domain.conversation import Consent, Conversation, ConversationKind, Message, MessageKind, Speaker
from bot.domain.suggestion import Passage, Query
from bot.domain.understanding import Turn, Understanding, Utterance
from bot.store import conversations, facts, jobs, messages, suggestions, understandings
from bot.store.jobs import Job
from bot.store.store import Store, Transaction
from bot.tasks import Checkpoint, pass_by
from bot.tasks.answer import Answer, close_answered, send_to_rep
from bot.tasks.mind import Mind
from bot.watching import Watching

CONTEXT_TURNS = 4


class Understand:
    """The task of kind `understand`; its subject is a message."""

    def __init__(
        self,
        store: Store,
        mind: Mind,
        watching: Watching,
        answer: Answer,
        clock: Callable[[], datetime],
        checkpoint: Checkpoint = pass_by,
    ) -> None:
        self._store = store
        self._mind = mind
        self._playbook = mind.playbook
        self._watching = watching
        self._answer = answer
        self._clock = clock
        self._checkpoint = checkpoint

    async def __call__(self, job: Job) -> None:
        message, conversation = await self._store.read(lambda tx: _load(tx, job.subject_id))
        if conversation.kind is ConversationKind.BOT:
            await self._answer(job, message, conversation)
        elif message.speaker is Speaker.CUSTOMER and conversation.consent is not Consent.AGREED:
            await self._store.write(lambda tx: self._leave_unread(tx, job, message))
        elif message.speaker is not Speaker.CUSTOMER or message.kind is not MessageKind.TEXT:
            await self._store.write(lambda tx: self._heard_rep(tx, job, message))
        else:
            await self._heard_customer(job, message, conversation)

    async def _heard_customer(self, job: Job, message: Message, conversation: Conversation) -> None:
        context, about = await self._store.read(lambda tx: _surroundings(tx, message))
        understanding = await self._mind.understand(utterance(message, context))
        doubts = tuple(one.code for one in understanding.objections)
        limit = self._playbook.attention.replies
        query = Query(text=message.text, objections=doubts, about=about, limit=limit)
        passages = await self._mind.retrieve(query)
        self._checkpoint("understand.understood")
        await self._store.write(
            lambda tx: self._decide(tx, job, conversation, message, understanding, passages)
        )

    def _decide(
        self,
        tx: Transaction,
        job: Job,
        conversation: Conversation,
        message: Message,
        understanding: Understanding,
        passages: list[Passage],
    ) -> None:
        now = self._clock()
        jobs.finish(tx, job.id, now)
        # Both may have changed while the model was working.
        latest = conversations.get(tx, conversation.id)
        if latest is None or messages.is_recalled(tx, message.id):
            return
        if latest.consent is not Consent.AGREED:
            messages.understood(tx, message.id, messages.UNREAD_NO_CONSENT)
            return
        case = self._case(tx, latest, message, now)
        decision = decide(case, understanding, passages, self._playbook, now)
        understandings.save_objections(tx, message.id, understanding)
        messages.understood(tx, message.id, understanding.version)
        self._keep(tx, latest, decision, understanding.version, now)

    def _case(self, tx: Transaction, conversation: Conversation, message: Message, now: datetime) -> Case:
        table = suggestions.open_one(tx, conversation.id)
        rep_id = conversation.rep_id or ""
        return Case(
            message=message,
            customer_name=conversations.names(tx, conversation.id)[0],
            picture=facts.picture(tx, conversation.id, self._playbook.multiple),
            needs=tuple(understandings.needs_of(tx, conversation.id)),
            on_table=None
            if table is None
            else OpenOffer(objection=table.objection, offered_at=table.offered_at, passages=table.passages),
            rep_answered=messages.rep_spoke_after(tx, message.id),
            rep_watching=self._watching.is_watching(rep_id, conversation.id, conversation.key.party),
            told_this_minute=suggestions.told_since(tx, rep_id, now - timedelta(minutes=1)),
        )

    def _keep(
        self, tx: Transaction, conversation: Conversation, decision: Decision, version: str, now: datetime
    ) -> None:
        facts.save(tx, conversation.id, decision.entries)
        understandings.save_needs(tx, conversation.id, decision.need_steps, version)
        if decision.suggestion is not None:
            suggestion_id = suggestions.offer(tx, conversation.id, decision.suggestion, now)
            if decision.tell and send_to_rep(
                tx,
                self._answer.account,
                conversation.rep_id,
                decision.tell,
                now,
                decision.suggestion.message_id,
            ):
                suggestions.mark_told(tx, suggestion_id)
        conversations.touch(tx, conversation.id)

    def _heard_rep(self, tx: Transaction, job: Job, message: Message) -> None:
        now = self._clock()
        if message.speaker is Speaker.REP:
            close_answered(tx, message, now)
        jobs.finish(tx, job.id, now)

    def _leave_unread(self, tx: Transaction, job: Job, message: Message) -> None:
        messages.understood(tx, message.id, messages.UNREAD_NO_CONSENT)
        jobs.finish(tx, job.id, self._clock())


def utterance(message: Message, context: list[Message]) -> Utterance:
    """Return a stored message with its earlier turns as what is to be understood."""
    turns = tuple(Turn(speaker=turn.speaker, text=turn.text) for turn in context if turn.text)
    return Utterance(
        text=message.text, speaker=Speaker.CUSTOMER, context=turns, at=message.said_at.isoformat()
    )


def _surroundings(tx: Transaction, message: Message) -> tuple[list[Message], str]:
    """Return the turns before a message, and what they and the company's name say of the customer."""
    context = messages.before(tx, message.id, CONTEXT_TURNS)
    _, company = conversations.names(tx, message.conversation_id)
    customer = (turn.text for turn in context if turn.speaker is Speaker.CUSTOMER)
    return context, "\n".join([company or "", *customer])


def _load(tx: Transaction, message_id: int) -> tuple[Message, Conversation]:
    message = messages.get(tx, message_id)
    conversation = conversations.get(tx, message.conversation_id)
    if conversation is None:  # pragma: no cover (a foreign key forbids it)
        raise LookupError(message_id)
    return message, conversation
