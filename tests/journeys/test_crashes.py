"""`kill -9` at every named step: nothing acknowledged is lost, and every effect is there once."""

from __future__ import annotations

import asyncio
import itertools
import random
import signal
import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from bot.domain.conversation import ConversationKey, ConversationKind
from bot.store import conversations, outbox
from bot.store.store import Transaction
from tests.journeys import audit
from tests.journeys.corp import OPEN_KF, REP, REPS, ZHAO, Corp
from tests.journeys.product import Product, until

STEPS = (
    "door.stored",
    "read.taken",
    "read.page_fetched",
    "read.page_stored",
    "read.finished",
    "understand.taken",
    "understand.understood",
    "understand.finished",
    "send.taken",
    "send.before_call",
    "send.after_call",
    "send.finished",
)
SEED = 20260302
QUICK = {"WENZHEN_SUGGEST__COOLDOWN_SECONDS": "0"}
"""Every doubt makes a suggestion, also the same one twice in a row."""


def rounds() -> list[tuple[str, int]]:
    """Every step at its first and at its second time, in an order that the seed decides."""
    plan = list(itertools.product(STEPS, (1, 2)))
    random.Random(SEED).shuffle(plan)
    return plan


def put_reply(tx: Transaction, text: str, *, account: str = OPEN_KF, party: str = ZHAO) -> None:
    """Queue a message to a customer, as a feature that speaks to customers will."""
    key = ConversationKey(channel="kf", account=account, party=party)
    conversation_id, _ = conversations.ensure(tx, key, ConversationKind.CUSTOMER, REP)
    outbox.put(tx, conversation_id, "text", {"content": text}, datetime.now(UTC))


class Talk:
    """The customers and half of the reps say something new in every round."""

    def __init__(self, corp: Corp) -> None:
        self._corp = corp
        self.customers: list[str] = []
        self.notes: list[tuple[str, str]] = []

    async def round(self, number: int) -> None:
        texts = [f"第{number}轮第{line}句，太贵了" for line in range(3)]
        notes = [(rep, f"第{number}轮备注，{rep}记得") for rep in REPS[number % 2 :: 2]]
        self.customers += texts
        self.notes += notes
        await self._corp.customer_says(texts[0])
        await self._corp.customer_says(texts[1])
        await self._corp.customer_says(texts[2], kf=OPEN_KF, who=ZHAO)
        for rep, note in notes:
            await self._corp.rep_says(note, rep=rep)


@pytest.mark.slow
async def test_killed_at_every_named_step_nothing_is_lost_and_nothing_is_done_twice(
    corp: Corp, product: Product
) -> None:
    talk, replies = Talk(corp), []
    for number, (step, count) in enumerate(rounds()):
        if number % 4 == 1:
            replies.append(f"第{number}轮给客户的回复")
            await product.write(lambda tx: put_reply(tx, replies[-1]))
        await product.start(crash_at=f"{step}:{count}", later="1", **QUICK)
        await product.settled()
        product.arm()
        await talk.round(number)
        assert await product.ended() == -signal.SIGKILL, step
    await product.start(**QUICK)
    await asyncio.wait_for(corp.sim.settle(), 30)
    await product.settled()
    await product.stop()
    assert audit.lost(corp, product) == set()
    check_effects(product, talk)
    letters = await audit.posted(product)
    assert Counter(one.text for one in letters if one.channel == "kf") == Counter(replies)
    audit.check_sent(corp, letters)
    assert any(one.repeats for one in letters), "no outcome was ever unknown"


def check_effects(product: Product, talk: Talk) -> None:
    """Every message, doubt, suggestion and outbox row is there once."""
    assert audit.stored_texts(product, talk.customers) == Counter(talk.customers)
    notes = audit.stored_texts(product, [note for _, note in talk.notes])
    assert set(notes.values()) == {1}
    # Whoever got no answer three times was told so by WeCom; that is not a loss.
    assert len(notes) >= 0.9 * len(talk.notes)
    for table in ("objections", "suggestions"):
        by_message = product.rows(
            f"select m.text, count(t.id) from messages m left join {table} t on t.message_id = m.id"
            " where m.speaker = 'customer' group by m.id"
        )
        assert dict(by_message) == dict.fromkeys(talk.customers, 1), table
    told = product.count("suggestions where told")
    in_bot_chats = product.count(
        "outbox o join conversations c on c.id = o.conversation_id where c.kind = 'bot'"
    )
    assert in_bot_chats == told + len(notes)
    parked = product.rows("select distinct kind from jobs where state = 'parked'")
    assert parked in ([], [("send",)])


async def test_a_door_that_acknowledges_before_it_commits_is_seen_to_lose(
    corp: Corp, product: Product
) -> None:
    """The control: the same audit on a door with the fault must find the loss."""
    await product.start(hasty="1", crash_at="door.acknowledged:3")
    for number in range(3):
        await corp.rep_says(f"第{number}条")
        await until(lambda: len(corp.postman.acknowledged) > number, "acknowledged")  # noqa: B023 (awaited here)
        if number < 2:
            await until(lambda: product.count("messages") > number, "read")  # noqa: B023 (awaited here)
    assert await product.ended() == -signal.SIGKILL
    await product.start()
    await asyncio.wait_for(corp.sim.settle(), 30)
    await product.settled()
    assert len(corp.acknowledged_keys()) == 3
    assert len(audit.lost(corp, product)) == 1


@pytest.mark.slow
async def test_a_door_that_dies_between_commit_and_answer_loses_and_doubles_nothing(
    corp: Corp, product: Product
) -> None:
    await corp.faults(ack_timeout_seconds=2)
    await product.start(crash_at="door.stored:1")
    await corp.rep_says("帮助")
    assert await product.ended() == -signal.SIGKILL
    assert corp.acknowledged_keys() == set()
    await product.start()
    await asyncio.wait_for(corp.sim.settle(), 30)
    await product.settled()
    assert (product.count("deliveries"), product.count("messages"), len(corp.letters())) == (1, 1, 1)
    assert audit.lost(corp, product) == set()


@pytest.mark.slow
async def test_fifteen_seconds_after_a_kill_everything_left_is_done(corp: Corp, product: Product) -> None:
    """With a cold start, and a lease of a minute that the dead process still holds."""
    await product.start(crash_at="understand.understood:2", **QUICK)
    for number in range(4):
        await corp.customer_says(f"第{number}句，贵")
    assert await product.ended() == -signal.SIGKILL
    began = time.monotonic()
    await product.start(cold=True, **QUICK)
    await until(lambda: product.count("objections") == 4 and product.is_idle(), "all is understood")
    assert time.monotonic() - began < 15
    assert product.count("suggestions") == 4


@pytest.mark.slow
async def test_told_to_stop_under_load_it_ends_in_order_and_goes_on_afterwards(
    corp: Corp, product: Product
) -> None:
    await product.start(**QUICK)
    texts = [f"第{number}句，太贵" for number in range(30)]
    saying = asyncio.create_task(say_all(corp, texts))
    await until(lambda: product.count("messages") > 5, "work is under way")
    assert await product.stop() in {0, -signal.SIGTERM}
    assert "Application shutdown complete" in product.log.read_text("utf-8")
    assert not product.database.with_name(product.database.name + "-wal").exists(), "the database was closed"
    await product.start(**QUICK)
    await saying
    await asyncio.wait_for(corp.sim.settle(), 30)
    await product.settled()
    assert audit.lost(corp, product) == set()
    assert audit.stored_texts(product, texts) == Counter(texts)
    assert product.count("objections") == len(texts)
    assert product.count("suggestions") == len(texts)
    await product.stop()
    audit.check_sent(corp, await audit.posted(product))


async def say_all(corp: Corp, texts: list[str]) -> None:
    for text in texts:
        await corp.customer_says(text)
        await asyncio.sleep(0.02)
