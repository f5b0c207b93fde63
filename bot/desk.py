"""What a rep's screen can see and do; every call checks that the conversation is this rep's."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from bot.domain.conversation import Consent, Conversation, ConversationKind
from bot.domain.playbook import Playbook
from bot.domain.sidebar import CustomerList, SidebarView
from bot.domain.suggestion import Outcome, SuggestionState
from bot.errors import CannotProcess, Refused
from bot.store import conversations, facts, jobs, outbox, parking, suggestions, understandings
from bot.store.sidebar import sidebar_view
from bot.store.store import Committed, Store, Transaction
from bot.watching import Place, Watching


class Desk:
    """The rep's desk. Refused: not this rep's, or not there; the two look the same on purpose."""

    def __init__(
        self, store: Store, playbook: Playbook, watching: Watching, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._playbook = playbook
        self._watching = watching
        self._clock = clock
        self._changes: dict[int, asyncio.Event] = defaultdict(asyncio.Event)
        store.on_commit(self._on_commit)

    async def conversations(self, rep_id: str, search: str = "") -> CustomerList:
        """The rep's customer conversations whose name or company contains `search`, the latest first."""
        return await self._store.read(lambda tx: conversations.customers_of(tx, rep_id, search))

    async def find(self, rep_id: str, customer_id: str) -> int | None:
        """Return the rep's conversation with a customer, by the customer's id in WeCom."""
        return await self._store.read(lambda tx: conversations.of_customer(tx, rep_id, customer_id))

    async def view(self, rep_id: str, conversation_id: int) -> SidebarView:
        """Return what the sidebar shows now."""
        return await self._store.read(lambda tx: self._view(tx, rep_id, conversation_id))

    async def use(self, rep_id: str, suggestion_id: int, passage: int, text: str) -> None:
        """Record that the rep sends a reply: `passage` is its index, `text` what is really sent.

        CannotProcess: the rep has used or dismissed it before. Refused also: it was withdrawn.
        """
        outcome = Outcome(state=SuggestionState.USED, passage=passage, sent_text=text)
        await self._store.write(lambda tx: self._close(tx, rep_id, suggestion_id, outcome))

    async def dismiss(self, rep_id: str, suggestion_id: int, reason: str) -> None:
        """Record that the suggestion does not fit, and why; raises what `use` raises."""
        outcome = Outcome(state=SuggestionState.DISMISSED, reason=reason)
        await self._store.write(lambda tx: self._close(tx, rep_id, suggestion_id, outcome))

    async def set_consent(self, rep_id: str, conversation_id: int, consent: Consent) -> None:
        """Record the customer's consent; a withdrawal erases what was derived at once."""
        await self._store.write(lambda tx: self._set_consent(tx, rep_id, conversation_id, consent))

    async def retry(self, rep_id: str, job_id: int) -> None:
        """Try a parked job again."""
        await self._store.write(lambda tx: self._retry(tx, rep_id, job_id))

    async def changed(self, conversation_id: int, after_version: int, timeout_seconds: float) -> int | None:
        """Wait until the conversation has a newer version and return it; None when the time is up."""
        event = self._changes[conversation_id]
        version = await self._store.read(lambda tx: conversations.version(tx, conversation_id))
        if version > after_version:
            return version
        try:
            async with asyncio.timeout(timeout_seconds):
                await event.wait()
        except TimeoutError:
            return None
        return await self._store.read(lambda tx: conversations.version(tx, conversation_id))

    def watching(self, rep_id: str, place: Place) -> AbstractContextManager[None]:
        """Hold this open while the rep's event stream about a conversation, or an awaited customer, is open."""
        return self._watching.watch(rep_id, place)

    def _on_commit(self, committed: Committed) -> None:
        for conversation_id in committed.conversations:
            event = self._changes.pop(conversation_id, None)
            if event is not None:
                event.set()

    def _view(self, tx: Transaction, rep_id: str, conversation_id: int) -> SidebarView:
        conversation = _mine(tx, rep_id, conversation_id)
        return sidebar_view(tx, conversation, self._playbook, self._clock())

    def _close(self, tx: Transaction, rep_id: str, suggestion_id: int, outcome: Outcome) -> None:
        suggestion = suggestions.get(tx, suggestion_id)
        if suggestion is None:
            raise Refused("no such suggestion")
        _mine(tx, rep_id, suggestion.conversation_id)
        if suggestion.state is SuggestionState.WITHDRAWN:
            raise Refused("no longer on the table")
        if outcome.passage is not None and not 0 <= outcome.passage < len(suggestion.passages):
            raise CannotProcess("没有这条回复，请刷新后再试")
        if not suggestions.close(tx, suggestion, outcome, self._clock()):
            raise CannotProcess("这条建议已经处理过了")

    def _set_consent(self, tx: Transaction, rep_id: str, conversation_id: int, consent: Consent) -> None:
        conversation = _mine(tx, rep_id, conversation_id)
        conversations.record_consent(
            tx,
            rep_id=rep_id,
            customer_id=conversation.key.party,
            state=consent,
            source="rep",
            now=self._clock(),
        )
        # Consent belongs to the pair, and the pair may have met on several accounts.
        for each in conversations.between(tx, rep_id, conversation.key.party):
            if consent is not Consent.AGREED:
                _erase(tx, each)
            conversations.touch(tx, each)

    def _retry(self, tx: Transaction, rep_id: str, job_id: int) -> None:
        conversation_id = parking.conversation_of(jobs.lane_of(tx, job_id) or "")
        conversation = None if conversation_id is None else conversations.get(tx, conversation_id)
        if conversation is None or conversation.rep_id != rep_id:
            raise Refused("no such job")
        parking.retry(tx, job_id, self._clock())


def _erase(tx: Transaction, conversation_id: int) -> None:
    understandings.erase(tx, conversation_id)
    facts.erase(tx, conversation_id)
    outbox.erase(tx, conversation_id)


def _mine(tx: Transaction, rep_id: str, conversation_id: int) -> Conversation:
    conversation = conversations.get(tx, conversation_id)
    if (
        conversation is None
        or conversation.rep_id != rep_id
        or conversation.kind is not ConversationKind.CUSTOMER
    ):
        raise Refused("no such conversation")
    return conversation
