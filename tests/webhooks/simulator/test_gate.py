import asyncio

import httpx
import pytest

from tests.webhooks.simulator.stage import CORP, Stage
from webhooks.simulator.faults import Limits


async def get_token(stage, **query):
    good = {"corpid": CORP, "corpsecret": stage.keys["app"].secret}
    return (await stage.http.get("/cgi-bin/gettoken", params={**good, **query})).json()


async def use(stage, token):
    query = {} if token is None else {"access_token": token}
    return (await stage.http.get("/cgi-bin/getcallbackip", params=query)).json()["errcode"]


async def test_a_repeated_fetch_gives_the_same_token_with_less_time_left(stage):
    first = await get_token(stage)
    stage.clock.now += 100
    second = await get_token(stage)
    assert first["access_token"] == second["access_token"]
    assert (first["expires_in"], second["expires_in"]) == (7200, 7100)
    assert len(first["access_token"]) <= 512


async def test_each_secret_has_its_own_token(stage):
    assert await stage.token("app") != await stage.token("kf")


async def test_fresh_tokens_revoke_the_one_before(stage):
    stage.sim.faults.fresh_tokens = True
    first, second = await stage.token(), await stage.token()
    assert first != second
    assert (await use(stage, first), await use(stage, second)) == (40014, 0)


@pytest.mark.parametrize(
    ("query", "errcode"),
    [({"corpsecret": "bad"}, 40001), ({"corpsecret": ""}, 40001), ({"corpid": "ww0"}, 40013)],
)
async def test_bad_credentials_are_refused(stage, query, errcode):
    answer = await get_token(stage, **query)
    assert answer["errcode"] == errcode
    assert "access_token" not in answer


@pytest.mark.parametrize(("token", "errcode"), [(None, 41001), ("", 41001), ("nonsense", 40014)])
async def test_a_missing_or_wrong_token_is_refused(stage, token, errcode):
    assert await use(stage, token) == errcode


async def test_a_token_expires(stage):
    token = await stage.token()
    stage.clock.now += 7199
    assert await use(stage, token) == 0
    stage.clock.now += 1
    assert await use(stage, token) == 42001
    assert await stage.token() != token


async def test_a_token_can_be_revoked_early(stage):
    token = await stage.token()
    answer = (await stage.play("faults", {"revoke_token": True})).json()
    assert answer["revoke_token"] is False
    assert await use(stage, token) == 40014
    assert await use(stage, await stage.token()) == 0


async def test_many_bad_secrets_block_the_address_for_an_hour(tmp_path):
    stage = Stage(folder=tmp_path, limits=Limits(bad_secrets_before_ban=3))
    for _ in range(3):
        assert (await get_token(stage, corpsecret="bad"))["errcode"] == 40001
    assert (await get_token(stage))["errcode"] == 45009
    stage.clock.now += 3600
    assert (await get_token(stage))["errcode"] == 0


async def test_a_secret_of_another_family_is_refused(stage):
    assert (await stage.call("kf/sync_msg", {}, door="app"))["errcode"] == 48002
    assert (await stage.call("message/send", {}, door="kf"))["errcode"] == 48002
    assert (await stage.call("externalcontact/get", door="other", external_userid="wm"))["errcode"] == 48002


async def test_an_address_off_the_list_gets_a_token_but_no_call(tmp_path):
    stage = Stage(folder=tmp_path, description={"allowed_ips": ["10.0.0.9"]})
    assert (await get_token(stage))["errcode"] == 0
    answer = await stage.call("user/get", userid="zhoumin")
    assert answer["errcode"] == 60020
    assert "127.0.0.1" in answer["errmsg"]


async def test_errors_come_with_status_200_and_the_usual_text(stage):
    response = await stage.http.get("/cgi-bin/user/get")
    assert response.status_code == 200
    text = response.json()["errmsg"]
    assert "hint: [" in text
    assert "from ip: 127.0.0.1" in text
    assert text.endswith("more info at https://open.work.weixin.qq.com/devtool/query?e=41001")


@pytest.mark.parametrize("body", [b"{", b"[]", b"", b"\xff"])
async def test_a_body_that_is_no_json_object_is_told_so(stage, body):
    url = f"/cgi-bin/message/send?access_token={await stage.token()}"
    answer = (await stage.http.post(url, content=body)).json()
    assert answer["errcode"] == 40058
    assert "Warning: wrong json format." in answer["errmsg"]


@pytest.mark.parametrize("body", [{"touser": 5}, {"touser": "zhoumin", "enable_duplicate_check": "yes"}])
async def test_a_member_of_the_wrong_type_is_refused(stage, body):
    message = {"agentid": 1000002, "msgtype": "text", "text": {"content": "x"}, **body}
    assert (await stage.call("message/send", message))["errcode"] == 40058


async def test_the_ceiling_of_an_api_closes_it_for_a_minute(tmp_path):
    stage = Stage(folder=tmp_path, limits=Limits(calls_per_minute=2))
    errcodes = [(await stage.call("getcallbackip"))["errcode"] for _ in range(3)]
    assert errcodes == [0, 0, 45009]
    assert (await stage.call("user/get", userid="zhoumin"))["errcode"] == 0
    stage.clock.now += 61
    assert (await stage.call("getcallbackip"))["errcode"] == 0


async def test_the_ceiling_of_an_address_covers_all_apis(tmp_path):
    stage = Stage(folder=tmp_path, limits=Limits(ip_calls_per_minute=1))
    assert (await stage.call("getcallbackip"))["errcode"] == 0
    assert (await stage.call("user/get", userid="zhoumin"))["errcode"] == 45009


async def test_identical_reads_at_the_same_time_are_refused(stage):
    stage.sim.faults.delay_seconds = 1
    token = await stage.token()
    query = {"access_token": token, "userid": "LiXiang"}
    calls = [stage.http.get("/cgi-bin/externalcontact/list", params=query) for _ in range(2)]
    other = stage.http.get("/cgi-bin/externalcontact/list", params={**query, "userid": "lixiang"})
    answers = [response.json()["errcode"] for response in await asyncio.gather(*calls, other)]
    assert answers == [0, 45033, 0]
    assert (await stage.call("externalcontact/list", userid="LiXiang"))["errcode"] == 0


MESSAGE = {"touser": "zhoumin", "agentid": 1000002, "msgtype": "text", "text": {"content": "x"}}


class TestFaults:
    async def test_busy_answers_minus_one_without_effect(self, stage):
        token = await stage.token()
        stage.sim.faults.fail_calls = "busy"
        url = f"/cgi-bin/message/send?access_token={token}"
        assert (await stage.http.post(url, json=MESSAGE)).json()["errcode"] == -1
        assert stage.chat("zhoumin") == []

    async def test_http500_has_no_effect(self, stage):
        token = await stage.token()
        stage.sim.faults.fail_calls = "http500"
        url = f"/cgi-bin/message/send?access_token={token}"
        assert (await stage.http.post(url, json=MESSAGE)).status_code == 500
        assert stage.chat("zhoumin") == []

    async def test_rate_limit_refuses_business_calls_only(self, stage):
        stage.sim.faults.rate_limit = True
        assert (await stage.call("message/send", MESSAGE))["errcode"] == 45009

    async def test_a_late_answer_comes_after_its_effect(self, stage):
        token, began = await stage.token(), stage.clock.now
        stage.sim.faults.delay_seconds = 30
        url = f"/cgi-bin/message/send?access_token={token}"
        assert (await stage.http.post(url, json=MESSAGE)).json()["errcode"] == 0
        assert stage.clock.now == began + 30
        assert stage.chat("zhoumin")[0].at == began

    @pytest.mark.parametrize("wanted", [{"nonsense": 1}, {"fail_calls": "maybe"}, {"delay_seconds": -1}])
    async def test_an_unknown_switch_is_refused_and_nothing_changes(self, stage, wanted):
        before = stage.sim.faults.model_dump()
        assert (await stage.play("faults", {**wanted, "rate_limit": True})).status_code == 422
        assert stage.sim.faults.model_dump() == before


async def test_an_unknown_path_is_not_found(stage):
    response = await stage.http.get("/cgi-bin/nothing")
    assert response.status_code == httpx.codes.NOT_FOUND
