"""Files, customers and visitors: read as WeCom gives them, errors told from contents."""

import httpx
import pytest

from bot.errors import CannotProcess, Refused, TryLater
from tests.webhooks.wecom.fakes import FakeWecom, client_to
from webhooks.wecom.contacts import Contact, Contacts
from webhooks.wecom.login import Login, Visitor
from webhooks.wecom.media import Media


def scripted(path, *answers):
    wecom = FakeWecom()
    wecom.on(path, *answers)
    return wecom, client_to(wecom)


AMR = b"#!AMR\n" + bytes(range(64))


async def test_a_file_is_uploaded_as_the_part_media_with_its_raw_name():
    wecom, client = scripted("media/upload", {"errcode": 0, "media_id": "MID", "created_at": "1"})
    assert await Media(client).upload("file", "报价单.pdf", b"%PDF-1.7", "application/pdf") == "MID"
    request = wecom.requests[-1]
    assert request.url.params["type"] == "file"
    assert 'name="media"; filename="报价单.pdf"'.encode() in request.content
    assert b"%PDF-1.7" in request.content


@pytest.mark.parametrize(
    ("kind", "size"), [("voice", 5), ("voice", 2 * 1024 * 1024 + 1), ("poem", 10), ("file", 0)]
)
async def test_a_file_that_wecom_would_refuse_is_not_uploaded(kind, size):
    wecom, client = scripted("media/upload", {"errcode": 0, "media_id": "MID"})
    with pytest.raises(CannotProcess):
        await Media(client).upload(kind, "a", b"x" * size, "audio/amr")
    assert wecom.requests == []


async def test_a_file_comes_down_with_its_type():
    headers = {"Content-Type": "voice/amr", "Content-Disposition": 'attachment; filename="v.amr"'}
    _, client = scripted("media/get", httpx.Response(200, content=AMR, headers=headers))
    assert await Media(client).fetch("MID") == (AMR, "voice/amr")


async def test_a_file_that_is_itself_json_is_no_error():
    body = b'{"errcode": 40007, "mine": true}'
    headers = {"Content-Type": "application/json", "Content-Disposition": 'attachment; filename="a.json"'}
    _, client = scripted("media/get", httpx.Response(200, content=body, headers=headers))
    assert await Media(client).fetch("MID") == (body, "application/json")


@pytest.mark.parametrize(("code", "kind"), [(40007, CannotProcess), (45033, TryLater)])
async def test_a_json_answer_with_200_is_an_error_and_no_file(code, kind):
    _, client = scripted("media/get", {"errcode": code, "errmsg": "x"})
    with pytest.raises(kind):
        await Media(client).fetch("MID")


async def test_a_stale_token_is_replaced_for_files_too():
    headers = {"Content-Type": "voice/amr"}
    wecom, client = scripted("media/get", httpx.Response(200, content=AMR, headers=headers))
    await Media(client).fetch("MID")
    wecom.revoke()
    assert (await Media(client).fetch("MID"))[0] == AMR
    assert wecom.tokens_given == 2


CONTACT = {
    "errcode": 0,
    "external_contact": {"external_userid": "wmA", "name": "陈工", "type": 1},
    "follow_user": [{"userid": "zhangsan"}, {"userid": "lisi", "remark_corp_name": "华东某厂"}, "odd"],
}


async def test_a_customer_has_a_name_a_noted_company_and_members():
    _, client = scripted("externalcontact/get", CONTACT)
    assert await Contacts(client).find("wmA") == Contact(
        customer_id="wmA", name="陈工", company="华东某厂", members=("zhangsan", "lisi")
    )


async def test_the_customers_own_company_comes_first():
    contact = CONTACT["external_contact"] | {"corp_name": "短名", "corp_full_name": "全名"}
    _, client = scripted("externalcontact/get", CONTACT | {"external_contact": contact})
    assert (await Contacts(client).find("wmA")).company == "全名"


@pytest.mark.parametrize("code", [84061, 48002])
async def test_a_customer_nobody_may_ask_about_is_simply_unknown(code):
    _, client = scripted("externalcontact/get", {"errcode": code})
    assert await Contacts(client).find("wmA") is None


async def test_a_member_and_a_stranger_open_a_page():
    _, client = scripted(
        "auth/getuserinfo",
        {"errcode": 0, "userid": "zhangsan"},
        {"errcode": 0, "openid": "o1", "external_userid": "wmA"},
    )
    member, stranger = await Login(client).visitor("C1"), await Login(client).visitor("C2")
    assert member == Visitor(user_id="zhangsan", customer_id=None, open_id=None, user_ticket=None)
    assert stranger == Visitor(user_id=None, customer_id="wmA", open_id="o1", user_ticket=None)


@pytest.mark.parametrize("code", [40029, 42003, 42022, 50002])
async def test_a_bad_code_is_refused(code):
    _, client = scripted("auth/getuserinfo", {"errcode": code})
    with pytest.raises(Refused):
        await Login(client).visitor("C")


async def test_callback_addresses_are_listed():
    _, client = scripted("getcallbackip", {"errcode": 0, "ip_list": ["203.0.113.1", "203.0.113.2"]})
    assert await Login(client).callback_addresses() == ("203.0.113.1", "203.0.113.2")
