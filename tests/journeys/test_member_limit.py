"""WeCom drops without an error what goes beyond its limit to one member: a restart must not forget the count."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.domain.conversation import ConversationKey, ConversationKind
from bot.store import conversations, jobs, outbox
from bot.store.store import Transaction
from tests.journeys.corp import OTHER_REP, REP, Corp
from tests.journeys.product import Product, until
from webhooks.wecom.limits import PER_MINUTE
from wenzhen.demo import DEMO_AGENT


def sent_a_moment_ago(tx: Transaction) -> None:
    """As a process leaves it that has just sent a minute's worth."""
    now = datetime.now(UTC)
    key = ConversationKey(channel="app", account=DEMO_AGENT, party=REP)
    chat, _ = conversations.ensure(tx, key, ConversationKind.BOT, REP)
    for number in range(PER_MINUTE):
        letter = outbox.put(tx, chat, "text", {"content": f"第{number}条"}, now)
        outbox.begin(tx, letter, now)
        outbox.mark_sent(tx, letter, f"id-{number}", None, now)
    jobs.finish_through(tx, f"send:{chat}", letter, now)


async def test_after_a_restart_the_limit_to_a_member_still_holds(corp: Corp, product: Product) -> None:
    await product.write(sent_a_moment_ago)
    await product.start()
    await corp.rep_says("帮助")
    await corp.rep_says("帮助", rep=OTHER_REP)
    await until(lambda: len(corp.letters(OTHER_REP)) == 1, "another member gets his answer")
    put_off = "jobs where kind = 'send' and state = 'ready' and attempts = 1"
    await until(lambda: product.count(put_off) == 1, "the answer to this one waits")
    assert corp.letters() == []
    assert len(corp.passed("message/send")) == 1
