"""What the door refused and did not know can be seen by the operator, and by nobody else."""

from __future__ import annotations

import json

import httpx
import pytest

from bot.errors import FixSettings
from tests.journeys.corp import Corp
from tests.journeys.product import Product
from wenzhen.operate import status_text
from wenzhen.settings import Settings, load_settings

WORDS = "我们老板说太贵了"


def settings_of(product: Product, monkeypatch: pytest.MonkeyPatch, **changes: str) -> Settings:
    for name, value in {**product.environ, **changes}.items():
        monkeypatch.setenv(name, value)
    return load_settings()


async def test_the_operator_sees_what_was_refused_and_what_nobody_knew(
    corp: Corp, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    await product.start()
    await corp.customer_says(WORDS)
    fields = {
        "FromUserName": "sys",
        "CreateTime": 1,
        "MsgType": "event",
        "Event": "brand_new",
        "Words": WORDS,
    }
    await corp.play("emit", {"door": "app", "fields": fields})
    await corp.sim.settle()
    async with httpx.AsyncClient(base_url=product.url) as stranger:
        forged = {"msg_signature": "0", "timestamp": "1", "nonce": "n"}
        body = "<xml><Encrypt>AAAA</Encrypt></xml>"
        await stranger.post("/callbacks/wecom/app", params=forged, content=body)
        assert (await stranger.get("/statusz")).status_code == 403
    await product.settled()
    text = status_text(settings_of(product, monkeypatch))
    callbacks = json.loads(text)["callbacks"]
    assert callbacks["refused"] == {"-40001": 1}
    assert callbacks["unknown"]["app.event.brand_new"] == 1
    assert callbacks["stored"] >= 2
    assert WORDS not in text


async def test_another_secret_opens_nothing_and_a_product_that_is_not_there_is_named(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FixSettings, match="nothing answers at http:"):
        status_text(settings_of(product, monkeypatch))
    await product.start()
    with pytest.raises(FixSettings, match="403"):
        status_text(settings_of(product, monkeypatch, WENZHEN_SECRET="x" * 48))
