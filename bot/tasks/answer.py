"""The rep's side: answers what a rep tells the bot, and closes suggestions that the rep has answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.dialogue.note import take_note
from bot.dialogue.usage import used_passage
from bot.dialogue.wording import HELP, NO_CONSENT, NO_CUSTOMER, ONLY_TEXT, advise
from bot.domain.conversation import (
    Consent,
    Conversation,
    ConversationKey,
    ConversationKind,
    Message,
    MessageKind,
    Speaker,
)
from bot.domain.suggestion import Outcome, Passage, Query, SuggestionState
from bot.domain.understanding import Understanding, Utterance
from bot.store import conversations, facts, jobs, messages, outbox, suggestions
from bot.store.jobs import Job
from bot.store.store import Store, Transaction
from bot.tasks.mind import Mind

_HELP_WORDS = {"帮助", "help", "?", "？", "你好", "您好", "hi", "在吗"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Answers a rep's message to the bot. `account` is the agent id of the app that the bot speaks through."""

    store: Store
    mind: Mind
    clock: Callable[[], datetime]
    account: str

    async def __call__(self, job: Job, message: Message, chat: Conversation) -> None:
        fixed = _fixed_answer(message)
        if fixed is not None:
            await self.store.write(lambda tx: self._reply(tx, job, chat, fixed))
            return
        understanding = await self.mind.understand(
            Utterance(text=message.text, speaker=Speaker.CUSTOMER, at=message.said_at.isoformat())
        )
        doubts = tuple(one.code for one in understanding.objections)
        passages = await self.mind.retrieve(Query(text=message.text, objections=doubts, limit=1))
        await self.store.write(lambda tx: self._note(tx, job, message, chat, (understanding, passages)))

    def _note(
        self,
        tx: Transaction,
        job: Job,
        message: Message,
        chat: Conversation,
        known: tuple[Understanding, list[Passage]],
    ) -> None:
        customer = _customer_at_hand(tx, chat)
        understanding, passages = known
        if customer is None or customer.consent is not Consent.AGREED:
            # The rep's own question is answered; nothing is noted about a customer who has not agreed.
            playbook = self.mind.playbook
            advice = advise(understanding.objections, passages, playbook)
            self._reply(tx, job, chat, advice or (NO_CUSTOMER if customer is None else NO_CONSENT))
            return
        decision = take_note(
            message,
            conversations.names(tx, customer.id)[0],
            facts.picture(tx, customer.id, self.mind.playbook.multiple),
            understanding,
            passages,
            self.mind.playbook,
        )
        facts.save(tx, customer.id, decision.entries)
        messages.understood(tx, message.id, understanding.version)
        conversations.touch(tx, customer.id)
        self._reply(tx, job, chat, decision.reply)

    def _reply(self, tx: Transaction, job: Job, chat: Conversation, text: str) -> None:
        now = self.clock()
        outbox.put(tx, chat.id, "text", {"content": text}, now)
        jobs.finish(tx, job.id, now)


def send_to_rep(
    tx: Transaction, account: str, rep_id: str | None, text: str, now: datetime, quoted: int
) -> bool:
    """Queue a bot message to a rep about a customer's message; False when nobody has this conversation."""
    if rep_id is None:
        return False
    key = ConversationKey(channel="app", account=account, party=rep_id)
    chat_id, _ = conversations.ensure(tx, key, ConversationKind.BOT, rep_id)
    outbox.put(tx, chat_id, "text", {"content": text}, now, quoted)
    return True


def close_answered(tx: Transaction, message: Message, now: datetime) -> None:
    """The rep has spoken: what is on the table was used, or came too late."""
    table = suggestions.open_one(tx, message.conversation_id)
    if table is None:
        return
    passage = used_passage(message.text, table.passages)
    outcome = Outcome(state=SuggestionState.WITHDRAWN)
    if passage is not None:
        outcome = Outcome(state=SuggestionState.USED, passage=passage, sent_text=message.text)
    suggestions.close(tx, table, outcome, now)


def _fixed_answer(message: Message) -> str | None:
    if message.kind is not MessageKind.TEXT:
        return ONLY_TEXT
    if message.text.strip().lower() in _HELP_WORDS:
        return HELP
    return None


def _customer_at_hand(tx: Transaction, chat: Conversation) -> Conversation | None:
    """Return the rep's customer conversation that moved last."""
    latest = conversations.latest_of(tx, chat.key.party)
    return None if latest is None else conversations.get(tx, latest)
