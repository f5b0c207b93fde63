"""The sidebar's pages: who may see what, and what each state says."""

import pytest

from tests.web.fakes import quiet_view, view

PAGES = ("/sidebar", "/sidebar/c/1", "/sidebar?customer=wm1", "/sidebar?conversation=1")
DATA = ("/sidebar/waiting?customer=wm1", "/sidebar/c/1/events")


@pytest.mark.parametrize("path", PAGES)
async def test_who_is_not_signed_in_reads_what_to_do(client_for, path):
    answer = await client_for(None).get(path)
    assert answer.status_code == 401
    assert "请先登录" in answer.text
    assert "王建国" not in answer.text


async def test_signing_in_leads_back_to_where_one_was(client_for):
    page = (await client_for(None).get("/sidebar?customer=wm1&x=%22%3E")).text
    assert 'href="/login?next=/sidebar%3Fcustomer%3Dwm1%26x%3D%2522%253E"' in page


@pytest.mark.parametrize("path", DATA)
async def test_scripts_that_are_not_signed_in_get_401(client_for, path):
    assert (await client_for(None).get(path)).status_code == 401


async def test_a_foreign_conversation_looks_like_an_absent_one(client_for):
    stranger = client_for("hanmeimei")
    foreign, absent = await stranger.get("/sidebar/c/1"), await stranger.get("/sidebar/c/999")
    assert foreign.status_code == absent.status_code == 404
    assert foreign.text == absent.text


async def test_a_foreign_stream_looks_like_an_absent_one(client_for):
    stranger = client_for("hanmeimei")
    answers = [await stranger.get(f"/sidebar/c/{number}/events") for number in (1, 999)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].text == answers[1].text


async def test_a_foreign_customer_looks_like_one_who_said_nothing(client_for):
    answer = await client_for("hanmeimei").get("/sidebar", params={"customer": "wm1"})
    assert "还没有聊天记录" in answer.text


async def test_the_list_holds_the_own_customers_only(client_for, desk):
    desk.put(view(conversation_id=2, customer_name="赵敏"), rep_id="hanmeimei", customer_id="wm2")
    mine = (await client_for("lilei").get("/sidebar")).text
    assert "王建国" in mine
    assert "赵敏" not in mine


async def test_an_empty_list_says_what_will_happen(client_for):
    assert "还没有客户" in (await client_for("newcomer").get("/sidebar")).text


async def test_a_long_list_is_cut_and_can_be_searched(client, desk):
    for number in range(2, 70):
        desk.put(view(conversation_id=number, customer_name=f"客户{number}号"), customer_id=f"wm{number}")
    page = (await client.get("/sidebar")).text
    assert page.count("<li>") == 50
    assert "一共 69 位" in page
    found = (await client.get("/sidebar", params={"q": "客户42号"})).text
    assert found.count("<li>") == 1
    assert "没有找到“无此人”" in (await client.get("/sidebar", params={"q": "无此人"})).text


async def test_a_customer_leads_to_the_conversation(client):
    answer = await client.get("/sidebar", params={"customer": "wm1"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sidebar/c/1"


async def test_the_page_holds_the_panel_and_its_version(client):
    answer = await client.get("/sidebar/c/1")
    assert answer.status_code == 200
    assert 'data-edition="7-12"' in answer.text
    assert "可以这样回" in answer.text
    assert 'data-hosts="http://127.0.0.1:9001"' in answer.text


async def test_the_sidebar_may_be_framed_by_its_host_only(client):
    policy = (await client.get("/sidebar/c/1")).headers["content-security-policy"]
    assert "frame-ancestors http://127.0.0.1:9001" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("made", [view, quiet_view])
async def test_pages_carry_nothing_inline(client, desk, made):
    desk.put(made())
    page = (await client.get("/sidebar/c/1")).text
    assert "<script type=" in page
    assert page.count("<script") == page.count('<script type="module" src=')
    assert " style=" not in page
    assert " onclick" not in page


async def test_a_hostile_query_stays_text(client):
    page = (await client.get("/sidebar", params={"customer": '"><script>alert(1)</script>'})).text
    assert "<script>alert" not in page


async def test_working_in_the_sidebar_keeps_the_session_alive(client, clock):
    for _ in range(4):
        clock.now += 20 * 60
        assert (await client.get("/sidebar/c/1")).status_code == 200
    clock.now += 31 * 60
    assert (await client.get("/sidebar/c/1")).status_code == 401
