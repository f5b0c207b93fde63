"""Whether a message is a deliberate repeat depends on when its twin was tried, not on when it was written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.conversation import ConversationKind
from bot.store import conversations, outbox
from bot.store.migrations import upgrade
from bot.store.outbox import DUPLICATE_WINDOW, LATEST_ARRIVAL, Letter
from bot.store.store import Store, Transaction
from tests.fakes import BOT_CHAT, FakeClock

WINDOW = DUPLICATE_WINDOW.total_seconds()


class Post:
    """An outbox with one rep's chat, and a clock."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = FakeClock()

    async def put(self, text: str = "您好") -> int:
        def work(tx: Transaction) -> int:
            chat, _ = conversations.ensure(tx, BOT_CHAT, ConversationKind.BOT, "lixiang")
            return outbox.put(tx, chat, "text", {"content": text}, self.clock())

        return await self.store.write(work)

    async def attempt(self, letter_id: int) -> Letter:
        return await self.store.write(lambda tx: outbox.begin(tx, letter_id, self.clock()))

    async def send(self, letter_id: int) -> Letter:
        letter = await self.attempt(letter_id)
        await self.store.write(lambda tx: outbox.mark_sent(tx, letter_id, "id", None, self.clock()))
        return letter

    async def no_answer(self, letter_id: int) -> Letter:
        letter = await self.attempt(letter_id)
        await self.store.write(lambda tx: outbox.mark_repeat(tx, letter_id))
        return letter


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    upgrade(tmp_path / "db")
    store = Store(tmp_path / "db")
    yield Post(store)
    await store.close()


async def test_a_twin_that_was_written_long_ago_but_sent_just_now_makes_it_deliberate(post: Post) -> None:
    first = await post.put()
    post.clock.advance(WINDOW * 3)
    await post.send(first)
    post.clock.advance(60)
    assert (await post.attempt(await post.put())).deliberate


async def test_a_twin_that_was_sent_before_the_window_does_not(post: Post) -> None:
    first, second = await post.put(), await post.put()
    await post.send(first)
    post.clock.advance(WINDOW + LATEST_ARRIVAL.total_seconds() + 1)
    assert not (await post.attempt(second)).deliberate


async def test_a_twin_that_may_have_arrived_counts_and_one_that_never_left_does_not(post: Post) -> None:
    first, second, third = [await post.put() for _ in range(3)]
    await post.attempt(first)
    assert not (await post.attempt(second)).deliberate
    await post.no_answer(first)
    assert (await post.attempt(third)).deliberate


async def test_one_that_a_person_revives_after_its_twin_was_sent_is_deliberate_too(post: Post) -> None:
    revived, later = await post.put(), await post.put()
    await post.send(later)
    assert (await post.attempt(revived)).deliberate


async def test_other_words_and_other_chats_are_no_twins(post: Post) -> None:
    await post.send(await post.put("早上好"))
    assert not (await post.attempt(await post.put("晚上好"))).deliberate


async def test_the_guard_counts_from_the_first_attempt_that_may_have_arrived(post: Post) -> None:
    letter = await post.put()
    post.clock.advance(WINDOW * 3)
    await post.attempt(letter)
    post.clock.advance(60)
    unknown = await post.no_answer(letter)
    assert unknown.guarded_until == post.clock() + DUPLICATE_WINDOW
    post.clock.advance(60)
    assert (await post.attempt(letter)).guarded_until == unknown.guarded_until


async def test_a_deliberate_one_has_no_guard_and_an_untried_one_needs_none(post: Post) -> None:
    await post.send(await post.put())
    second = await post.put()
    assert (await post.store.read(lambda tx: outbox.get(tx, second))).guarded_until is None
    assert (await post.attempt(second)).guarded_until == post.clock()


async def test_what_was_deliberate_when_it_was_tried_is_so_for_ever(post: Post) -> None:
    await post.send(await post.put())
    second = await post.put()
    await post.send(second)
    post.clock.advance(WINDOW * 3)
    assert (await post.store.read(lambda tx: outbox.get(tx, second))).deliberate


async def test_what_was_tried_lately_is_told_once_for_every_attempt_that_may_have_arrived(post: Post) -> None:
    old, sent, unknown, untried = [await post.put(text) for text in "旧发疑未"]
    await post.send(old)
    post.clock.advance(3600)
    await post.send(sent)
    post.clock.advance(1)
    await post.no_answer(unknown)
    assert untried
    since = post.clock() - timedelta(minutes=1)
    found = await post.store.read(
        lambda tx: outbox.tried_since(tx, BOT_CHAT.channel, BOT_CHAT.account, since)
    )
    at = post.clock()
    assert found == [("lixiang", at - timedelta(seconds=1)), ("lixiang", at), ("lixiang", at)]
    assert await post.store.read(lambda tx: outbox.tried_since(tx, "app", "another", since)) == []
