import pytest

from tests.webhooks.simulator.stage import CHEN, CORP, WANG

AUTHORIZE = "/connect/oauth2/authorize"


async def test_a_contact_is_told_with_its_company_in_the_remark(stage):
    answer = await stage.call("externalcontact/get", external_userid=WANG)
    assert answer["external_contact"]["name"] == "王建国"
    assert "corp_name" not in answer["external_contact"]
    assert answer["follow_user"][0]["remark_corp_name"] == "恒盛精密"


@pytest.mark.parametrize(
    ("path", "query", "errcode"),
    [
        ("externalcontact/get", {"external_userid": CHEN}, 84061),
        ("externalcontact/get", {"external_userid": "wmGhost"}, 40096),
        ("externalcontact/list", {"userid": "zhoumin"}, 84061),
        ("externalcontact/list", {"userid": "ghost"}, 60111),
        ("externalcontact/list", {"userid": "hidden"}, 50002),
        ("user/get", {"userid": "ghost"}, 60111),
        ("user/get", {"userid": "hidden"}, 50002),
    ],
)
async def test_people_who_are_not_there_are_refused(stage, path, query, errcode):
    assert (await stage.call(path, **query))["errcode"] == errcode


async def test_members_and_their_customers_are_listed(stage):
    assert (await stage.call("externalcontact/list", userid="LIXIANG"))["external_userid"] == [WANG]
    followers = await stage.call("externalcontact/get_follow_user_list")
    assert followers["follow_user"] == ["LiXiang", "zhoumin"]
    member = await stage.call("user/get", userid="lixiang")
    assert (member["userid"], member["department"]) == ("LiXiang", [1, 2])


class TestSignIn:
    async def authorize(self, stage, **changes):
        query = {
            "appid": CORP,
            "redirect_uri": "https://app.example/back?a=1",
            "response_type": "code",
            "scope": "snsapi_base",
            "state": "abc123",
            **changes,
        }
        return await stage.http.get(AUTHORIZE, params=query)

    async def code(self, stage, **changes):
        response = await self.authorize(stage, **changes)
        return response.next_request.url.params["code"]

    async def identify(self, stage, code):
        return await stage.call("auth/getuserinfo", code=code)

    async def test_the_browser_comes_back_with_code_and_state(self, stage):
        response = await self.authorize(stage)
        assert response.status_code == 302
        back = response.next_request.url
        assert (back.host, back.params["a"], back.params["state"]) == ("app.example", "1", "abc123")

    @pytest.mark.parametrize(
        ("who", "identity"),
        [
            ({}, {"userid": "LiXiang"}),
            ({"as": "zhoumin"}, {"userid": "zhoumin"}),
            ({"as": WANG}, {"external_userid": WANG, "openid": "oWang"}),
        ],
    )
    async def test_the_code_names_who_signed_in(self, stage, who, identity):
        answer = await self.identify(stage, await self.code(stage, **who))
        assert {name: answer[name] for name in answer if name not in {"errcode", "errmsg"}} == identity

    async def test_a_code_works_once(self, stage):
        code = await self.code(stage)
        assert (await self.identify(stage, code))["errcode"] == 0
        assert (await self.identify(stage, code))["errcode"] == 42022

    async def test_a_code_lives_five_minutes(self, stage):
        code = await self.code(stage)
        stage.clock.now += 300
        assert (await self.identify(stage, code))["errcode"] == 42003

    async def test_an_invented_code_is_refused(self, stage):
        assert (await self.identify(stage, "invented"))["errcode"] == 40029

    async def test_a_member_outside_the_visible_range_gets_nothing(self, stage):
        assert (await self.identify(stage, await self.code(stage, **{"as": "hidden"})))["errcode"] == 50001

    @pytest.mark.parametrize(
        ("change", "errcode"),
        [
            ({"appid": "ww0"}, 40013),
            ({"redirect_uri": "https://evil.example/"}, 50001),
            ({"redirect_uri": "javascript:alert(1)"}, 50001),
            ({"response_type": "token"}, 40058),
            ({"scope": "everything"}, 40058),
            ({"scope": "snsapi_privateinfo"}, 41011),
            ({"state": "a b"}, 40058),
            ({"state": "a" * 129}, 40058),
            ({"as": "ghost"}, 60111),
        ],
    )
    async def test_a_bad_request_is_not_redirected(self, stage, change, errcode):
        response = await self.authorize(stage, **change)
        assert response.status_code == 400
        assert response.text.startswith(str(errcode))
