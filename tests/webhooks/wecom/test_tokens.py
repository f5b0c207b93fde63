"""One token per secret, fetched once however many ask, replaced when WeCom takes it back."""

import asyncio
import logging

import httpx
import pytest

from bot.errors import FixSettings, TryLater
from tests.webhooks.wecom.fakes import Clock, FakeWecom, MemoryTokens, Sleeps, client_to, source_to, wire_to
from webhooks.wecom.client import Client


async def test_eighty_cold_callers_fetch_once():
    wecom = FakeWecom()
    source = source_to(wire_to(wecom))
    tokens = await asyncio.gather(*(source.token() for _ in range(80)))
    assert set(tokens) == {"token-1"}
    assert wecom.tokens_given == 1


async def test_a_token_is_asked_for_with_corp_and_secret():
    wecom = FakeWecom()
    await source_to(wire_to(wecom)).token()
    assert dict(wecom.requests[0].url.params) == {"corpid": "wwcorp", "corpsecret": "app-secret-9f3"}


async def test_another_process_finds_it_in_the_store():
    wecom, store = FakeWecom(), MemoryTokens()
    first = await source_to(wire_to(wecom), store=store).token()
    second = await source_to(wire_to(wecom), store=store).token()
    assert first == second
    assert wecom.tokens_given == 1
    assert list(store.rows) == ["wwcorp:app"]


async def test_it_is_replaced_before_its_promised_end():
    wecom, clock = FakeWecom(), Clock()
    source = source_to(wire_to(wecom), clock=clock)
    await source.token()
    clock.move(7200 * 0.94)
    assert await source.token() == "token-1"
    clock.move(7200 * 0.02)
    assert await source.token() == "token-2"


async def test_many_who_report_the_same_bad_token_fetch_once():
    wecom = FakeWecom()
    source = source_to(wire_to(wecom))
    await source.token()
    tokens = await asyncio.gather(*(source.token(bad="token-1") for _ in range(20)))
    assert set(tokens) == {"token-2"}
    assert wecom.tokens_given == 2


async def test_a_late_report_of_an_old_token_fetches_nothing():
    wecom = FakeWecom()
    source = source_to(wire_to(wecom))
    await source.token()
    await source.token(bad="token-1")
    assert await source.token(bad="token-1") == "token-2"
    assert wecom.tokens_given == 2


async def test_a_token_revoked_in_mid_flight_costs_one_fetch_and_no_call():
    wecom = FakeWecom()
    wecom.on("kf/account/list", {"errcode": 0, "account_list": []})
    client = client_to(wecom)
    await client.get("kf/account/list")
    wecom.revoke()
    wecom.tokens_given = 1
    answers = await asyncio.gather(*(client.get("kf/account/list") for _ in range(6)))
    assert all(answer["errcode"] == 0 for answer in answers)
    assert wecom.tokens_given == 2


@pytest.mark.parametrize("code", [40014, 42001])
async def test_a_token_that_stays_bad_is_tried_twice_and_then_later(code):
    wecom = FakeWecom()
    wecom.on("kf/account/list", {"errcode": code, "errmsg": "x"})
    with pytest.raises(TryLater):
        await client_to(wecom).get("kf/account/list")
    assert wecom.count("kf/account/list") == 2


async def test_a_wrong_secret_is_not_asked_again_for_a_minute():
    wecom, clock = FakeWecom(), Clock()
    wecom.on("gettoken", {"errcode": 40001, "errmsg": "invalid credential"})
    source = source_to(wire_to(wecom), clock=clock)
    for _ in range(5):
        with pytest.raises(FixSettings):
            await source.token()
    assert wecom.count("gettoken") == 1
    clock.move(61)
    with pytest.raises(FixSettings):
        await source.token()
    assert wecom.count("gettoken") == 2


@pytest.mark.parametrize(
    "data", [{"errcode": 0}, {"access_token": "", "expires_in": 1}, {"access_token": "a"}]
)
async def test_an_answer_without_a_token_is_tried_later(data):
    wecom = FakeWecom()
    wecom.on("gettoken", data)
    with pytest.raises(TryLater):
        await source_to(wire_to(wecom)).token()


async def test_no_log_line_of_ours_or_of_httpx_holds_token_or_secret(caplog):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="httpx")  # the running product quiets it
    wecom = FakeWecom()
    wecom.on("getcallbackip", {"ip_list": []})
    await client_to(wecom).get("getcallbackip")
    lines = "\n".join(record.getMessage() for record in caplog.records)
    assert "token.fetched name=wwcorp:app expires_in=7200" in lines
    assert "/cgi-bin/getcallbackip" in lines
    assert "app-secret-9f3" not in lines
    assert "token-1" not in lines


async def test_errors_hold_neither_token_nor_secret():
    wecom = FakeWecom()
    wecom.on("getcallbackip", httpx.ReadTimeout("token-1 app-secret-9f3"))
    wire = wire_to(wecom, Sleeps())
    with pytest.raises(TryLater) as caught:
        await Client(wire, source_to(wire)).get("getcallbackip")
    assert "token-1" not in str(caught.value)
    assert "secret" not in str(caught.value)
