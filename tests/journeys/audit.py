"""What has to be true of the database and of WeCom's chats after everything has calmed down."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from bot.store import outbox
from bot.store.store import Transaction
from tests.journeys.corp import REPS, Corp
from tests.journeys.product import Product


@dataclass(frozen=True, kw_only=True)
class Posted:
    """One row of the outbox; `guarded`: WeCom was asked to drop a second one."""

    channel: str
    party: str
    text: str
    state: str
    repeats: int
    guarded: bool


def lost(corp: Corp, product: Product) -> set[str]:
    """Acknowledged callbacks that nobody has: keys of reps' messages, tokens of signals."""
    stored = {key for (key,) in product.rows("select key from messages")}
    signals = {token for (token,) in product.rows("select json_extract(payload, '$.token') from deliveries")}
    return (corp.acknowledged_keys() - stored) | (corp.acknowledged_signals() - signals)


def stored_texts(product: Product, texts: list[str]) -> Counter[str]:
    """How often each of these texts is stored as a message."""
    wanted = set(texts)
    return Counter(text for (text,) in product.rows("select text from messages") if text in wanted)


async def posted(product: Product) -> list[Posted]:
    """Read the outbox; no process may be running."""

    def read(tx: Transaction) -> list[Posted]:
        letters = [outbox.get(tx, number) for (number,) in product.rows("select id from outbox order by id")]
        return [
            Posted(
                channel=one.conversation.channel,
                party=one.conversation.party,
                text=one.body["content"],
                state=one.state,
                repeats=one.repeats,
                guarded=not one.deliberate,
            )
            for one in letters
        ]

    letters: list[Posted] = await product.write(read)
    return letters


def check_sent(corp: Corp, letters: list[Posted]) -> None:
    """Where WeCom offers a key each message was seen once, elsewhere at most once more per marked repeat."""
    assert {one.state for one in letters} <= {outbox.SENT, outbox.PARKED}
    keyed = [one for one in letters if one.channel == "kf"]
    assert {one.state for one in keyed} <= {outbox.SENT}
    assert Counter(corp.replies()) == Counter(one.text for one in keyed)
    for rep in REPS:
        seen = Counter(letter.text for letter in corp.letters(rep))
        mine = [one for one in letters if one.channel == "app" and one.party == rep]
        assert seen.keys() <= {one.text for one in mine}
        for text in {one.text for one in mine}:
            _check_text(seen[text], [one for one in mine if one.text == text])


def _check_text(seen: int, rows: list[Posted]) -> None:
    unguarded = [one for one in rows if not one.guarded]
    assert all(one.state == outbox.SENT for one in rows if one.guarded), "a guarded one is never given up"
    assert all(one.repeats <= 1 for one in unguarded), "at most one repeat"
    assert all(one.repeats == 1 for one in rows if one.state == outbox.PARKED), "given up after one repeat"
    sent = sum(one.state == outbox.SENT for one in rows)
    marked = sum(one.repeats for one in unguarded)
    parked = len(rows) - sent
    assert sent <= seen <= sent + marked + parked
