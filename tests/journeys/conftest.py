"""A corp and a product of its own for every journey."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.conversation import Consent, ConversationKey, ConversationKind
from bot.store import conversations
from bot.store.store import Transaction
from tests.journeys.corp import OPEN_KF, REP, WANG, ZHAO, Corp, opened_corp
from tests.journeys.product import Product
from wenzhen.bench.stage import free_port


@pytest.fixture
async def corp(tmp_path: Path) -> AsyncIterator[Corp]:
    """The corp; its callbacks go to a port where the product may or may not listen."""
    async with opened_corp(tmp_path, f"http://127.0.0.1:{free_port()}") as corp:
        yield corp


@pytest.fixture
async def product(corp: Corp, tmp_path: Path) -> AsyncIterator[Product]:
    """A product that has not been started; both customers have agreed."""
    url = corp.keys.app.callback_url.removesuffix("/callbacks/wecom/app")
    port = int(url.rsplit(":", 1)[-1])
    environ = corp.keys.environment(data=tmp_path, product_port=port, simulator_url=corp.url.rstrip("/"))
    product = Product(environ=environ, folder=tmp_path, url=url)
    await product.prepare(agree)
    try:
        yield product
    finally:
        product.end_all()


def agree(tx: Transaction) -> None:
    """Both customers have agreed."""
    for customer in (WANG, ZHAO):
        conversations.record_consent(
            tx,
            rep_id=REP,
            customer_id=customer,
            state=Consent.AGREED,
            source="test",
            now=datetime.now(UTC),
        )
    # Nobody takes this chat, but it belongs to a rep.
    key = ConversationKey(channel="kf", account=OPEN_KF, party=ZHAO)
    conversations.ensure(tx, key, ConversationKind.CUSTOMER, REP)
