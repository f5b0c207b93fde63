"""Answers and silences of WeCom become the error that says what to do next."""

import asyncio

import httpx
import pytest

from bot.errors import CannotProcess, FixSettings, MaybeDone, TryLater
from tests.webhooks.wecom.fakes import FakeWecom, Sleeps, answer, client_to
from webhooks.wecom.wire import MAX_ANSWER_BYTES, Effect

SEND = "message/send"


async def post(wecom, effect=Effect.NONE, sleep=None):
    return await client_to(wecom, sleep).post(SEND, {"text": "你好"}, effect=effect)


def scripted(*answers):
    wecom = FakeWecom()
    wecom.on(SEND, *answers)
    return wecom


async def test_bodies_are_utf8_json_with_the_token_in_the_query():
    wecom = scripted({"errcode": 0})
    await post(wecom)
    request = wecom.requests[-1]
    assert request.content == '{"text": "你好"}'.encode()
    assert request.headers["content-type"] == "application/json"
    assert request.url.params["access_token"] == "token-1"


async def test_a_missing_errcode_is_success():
    assert await post(scripted({"msgid": "m"})) == {"msgid": "m"}


async def test_a_busy_wecom_is_asked_again_three_times_with_growing_pauses():
    wecom, sleep = scripted({"errcode": -1}, {"errcode": -1}, {"errcode": -1}, {"errcode": 0}), Sleeps()
    assert await post(wecom, sleep=sleep) == {"errcode": 0}
    assert sleep.seconds == sorted(sleep.seconds)
    assert len(sleep.seconds) == 3


async def test_a_wecom_that_stays_busy_is_left_for_later():
    wecom = scripted({"errcode": -1})
    with pytest.raises(TryLater):
        await post(wecom)
    assert wecom.count(SEND) == 4


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("x"), httpx.ConnectTimeout("x"), httpx.PoolTimeout("x")], ids=repr
)
@pytest.mark.parametrize("effect", list(Effect))
async def test_what_never_left_us_may_be_sent_again(error, effect):
    with pytest.raises(TryLater):
        await post(scripted(error), effect)


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout("x"),
        httpx.WriteTimeout("x"),
        httpx.ReadError("x"),
        httpx.RemoteProtocolError("x"),
        httpx.DecodingError("x"),
    ],
    ids=repr,
)
@pytest.mark.parametrize(
    ("effect", "kind"), [(Effect.NONE, TryLater), (Effect.GUARDED, MaybeDone), (Effect.TWICE, MaybeDone)]
)
async def test_silence_after_sending_is_maybe_done_for_what_has_an_effect(error, effect, kind):
    wecom = scripted(error)
    with pytest.raises(kind):
        await post(wecom, effect)
    assert wecom.count(SEND) == 1


@pytest.mark.parametrize(
    ("effect", "kind"), [(Effect.NONE, TryLater), (Effect.GUARDED, TryLater), (Effect.TWICE, MaybeDone)]
)
@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(502, text="bad gateway"),
        httpx.Response(200, text="<html>maintenance</html>", headers={"content-type": "text/html"}),
        httpx.Response(200, text="[1]", headers={"content-type": "application/json"}),
        httpx.Response(200, text="{", headers={"content-type": "application/json"}),
    ],
    ids=["502", "html", "list", "broken"],
)
async def test_a_gateway_in_between_is_no_success(response, effect, kind):
    with pytest.raises(kind):
        await post(scripted(response), effect)


async def test_a_forbidding_proxy_is_for_the_operator():
    with pytest.raises(FixSettings):
        await post(scripted(httpx.Response(407)))


async def test_json_errors_come_with_status_200_and_the_seen_address_is_kept():
    text = "not allow to access from your ip, hint: [1], from ip: 203.0.113.9, more info at https://x"
    with pytest.raises(FixSettings) as caught:
        await post(scripted({"errcode": 60020, "errmsg": text}))
    assert "203.0.113.9" in str(caught.value)
    assert "hint" not in str(caught.value)


async def test_an_endless_answer_is_cut_off():
    async def endless():
        while True:
            yield b"x" * 1_000_000

    response = httpx.Response(200, content=endless(), headers={"content-type": "application/json"})
    with pytest.raises(CannotProcess):
        await post(scripted(response))
    assert MAX_ANSWER_BYTES == 20 * 1024 * 1024


class Crowded(FakeWecom):
    """Notes how many calls of each group are under way at once."""

    def __init__(self):
        super().__init__()
        self.now, self.most = {}, {}

    async def __call__(self, request):
        group = request.url.path.split("/")[2]
        self.now[group] = self.now.get(group, 0) + 1
        self.most[group] = max(self.most.get(group, 0), self.now[group])
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self.now[group] -= 1
        return await super().__call__(request)


async def test_at_most_eight_calls_of_a_group_run_at_once_and_groups_do_not_share():
    wecom = Crowded()
    wecom.on("kf/account/list", {"errcode": 0})
    wecom.on("message/send", {"errcode": 0})
    client = client_to(wecom)
    await client.get("kf/account/list")
    calls = [client.get("kf/account/list") for _ in range(30)]
    calls += [client.post("message/send", {}) for _ in range(30)]
    await asyncio.gather(*calls)
    assert wecom.most["kf"] == wecom.most["message"] == 8


async def test_tolerated_codes_come_back_to_the_caller():
    data = await client_to(scripted({"errcode": 84061})).post(SEND, {}, tolerate=frozenset({84061}))
    assert data["errcode"] == 84061


async def test_a_stranger_errcode_type_is_treated_as_busy():
    with pytest.raises(TryLater):
        await post(scripted(answer({"errcode": "oops"})))
