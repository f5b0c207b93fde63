"""The sidebar in a real browser: what a tap does, and what a new panel leaves alone."""

from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from bot.domain.conversation import Consent
from tests.web.browser import SMALL_TARGETS, TOO_WIDE, chromium, opened
from tests.web.conftest import cookie_of
from tests.web.fakes import NEEDS, REPLIES, doubt, heard, need, offer, parked, quiet_view, view
from tests.web.serving import served

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
NEXT = '[aria-label="下一条"]'
EDIT = ".passage:not([hidden]) .edit"
FEAR = need("fear", "怕耽误旺季", "implied")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    async with chromium() as running:
        yield running


@asynccontextmanager
async def sidebar(browser, app, sessions, path="/sidebar/c/1", **settings):
    async with served(app) as base, opened(browser, **settings) as page:
        await sign_in(page, base, sessions)
        await page.goto(base + path)
        yield page


async def sign_in(page, base, sessions):
    ((name, value),) = cookie_of(sessions, "lilei").items()
    await page.context.add_cookies([{"name": name, "value": value, "url": base}])


def visible(page, text):
    return page.get_by_text(text, exact=True).filter(visible=True).first


async def press(page, name):
    await page.get_by_role("button", name=name, exact=True).filter(visible=True).first.click()


async def test_a_new_doubt_appears_without_reload(browser, app, sessions, desk):
    desk.put(quiet_view())
    async with sidebar(browser, app, sessions) as page:
        await visible(page, "暂无新的建议").wait_for()
        await desk.push(view(version=8))
        await visible(page, REPLIES[0]).wait_for()
        marked = await page.locator("mark").all_text_contents()
    assert marked == ["价格", "比别家高了", "快三成", "等货要三个月"]


async def test_send_copies_the_reply_and_notes_its_use(browser, app, sessions, desk):
    allowed = ["clipboard-read", "clipboard-write"]
    async with sidebar(browser, app, sessions, permissions=allowed) as page:
        await page.click(NEXT)
        await press(page, "发送")
        await visible(page, "已复制，去聊天里粘贴").wait_for()
        assert await page.evaluate("navigator.clipboard.readText()") == REPLIES[1]
    assert desk.done == [("use", 12, 1, REPLIES[1])]


async def test_what_the_rep_changed_is_what_is_sent(browser, app, sessions, desk):
    async with sidebar(browser, app, sessions, permissions=["clipboard-read", "clipboard-write"]) as page:
        await press(page, "改一改")
        await page.fill(EDIT, "王总，明天上午给您报价表。")
        await press(page, "发送")
        await visible(page, "已复制，去聊天里粘贴").wait_for()
    assert desk.done == [("use", 12, 0, "王总，明天上午给您报价表。")]


async def test_one_tap_says_why_a_reply_does_not_fit(browser, app, sessions, desk):
    async with sidebar(browser, app, sessions) as page:
        await press(page, "不合适")
        await press(page, "现在不方便说")
        await visible(page, "好，收起了").wait_for()
    assert desk.done == [("dismiss", 12, "not_now")]


async def test_a_new_panel_leaves_alone_what_the_rep_is_at(browser, app, sessions, desk):
    async with sidebar(browser, app, sessions) as page:
        await page.click(NEXT)
        await page.get_by_text("为什么这样回").filter(visible=True).click()
        await page.click(".picture > summary")
        await press(page, "改一改")
        await page.fill(EDIT, "写到一半")
        await desk.push(view(version=8, needs=(*NEEDS, FEAR)))
        await visible(page, "怕耽误旺季").wait_for()
        assert await page.input_value(EDIT) == "写到一半"
        assert await page.locator(EDIT).evaluate("box => box === document.activeElement")
        assert await page.locator("[data-place]").text_content() == "2"
        assert await page.locator(".why[open]").count() == 1
        assert await page.locator(".picture[open]").count() == 1


async def test_a_new_suggestion_waits_until_the_rep_has_finished_writing(browser, app, sessions, desk):
    async with sidebar(browser, app, sessions) as page:
        await press(page, "改一改")
        await page.fill(EDIT, "写到一半")
        await desk.push(view(version=8, offer=offer(13, ("新的回复",))))
        await visible(page, "看新的").wait_for()
        assert await page.input_value(EDIT) == "写到一半"
        await press(page, "看新的")
        await visible(page, "新的回复").wait_for()


async def test_a_suggestion_that_came_too_late_disappears(browser, app, sessions, desk):
    async with sidebar(browser, app, sessions) as page:
        await visible(page, REPLIES[0]).wait_for()
        await desk.push(view(version=8, offer=None))
        await visible(page, "暂无新的建议").wait_for()
        assert await page.locator(".offer, .ask").count() == 0


async def test_tapping_a_doubt_shows_its_figure_and_its_words(browser, app, sessions):
    async with sidebar(browser, app, sessions) as page:
        await page.click('.chip[data-doubt="competitor"]')
        await visible(page, "把握 71%").wait_for()
        assert await page.locator("mark.lit").all_text_contents() == ["比别家高了"]


async def test_consent_is_given_with_one_tap_and_withdrawn_with_two(browser, app, sessions, desk):
    desk.put(view(consent=Consent.UNKNOWN, heard=None, offer=None, needs=()))
    async with sidebar(browser, app, sessions) as page:
        await press(page, "客户已同意分析")
        await page.locator(".dots").wait_for()
        await page.click('[aria-label="更多"]')
        await page.get_by_text("撤回同意", exact=True).click()
        assert len(desk.done) == 1
        await press(page, "确定撤回")
        await visible(page, "客户已撤回同意").wait_for()
    assert [one[2] for one in desk.done] == [Consent.AGREED, Consent.WITHDRAWN]


async def test_a_lost_connection_is_said_and_comes_back_by_itself(browser, app, sessions, desk):
    async with opened(browser, strict=False) as page:
        async with served(app) as base:
            await sign_in(page, base, sessions)
            await page.goto(f"{base}/sidebar/c/1")
            await visible(page, REPLIES[0]).wait_for()
        await visible(page, "连接断了，正在重连…").wait_for()
        desk.put(view(version=8, offer=offer(13, ("断线时来的回复",))))
        async with served(app, port=int(base.rsplit(":", 1)[1])):
            await visible(page, "断线时来的回复").wait_for()
            await page.locator("#link").wait_for(state="hidden")


async def test_what_is_no_longer_the_reps_leaves_the_screen(browser, app, sessions, desk):
    async with sidebar(browser, app, sessions) as page:
        await visible(page, REPLIES[0]).wait_for()
        await desk.push(view(version=8), rep_id="hanmeimei")
        await visible(page, "这段聊天已经不在您名下了").wait_for()
        assert await page.locator("#panel").text_content() == ""


async def test_the_waiting_page_opens_when_the_customer_speaks(browser, app, sessions, desk):
    async with sidebar(browser, app, sessions, "/sidebar?customer=wm2") as page:
        await visible(page, "还没有聊天记录").wait_for()
        desk.put(view(conversation_id=2), customer_id="wm2")
        await visible(page, REPLIES[0]).wait_for()


@pytest.mark.parametrize("width", [375, 400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everything_can_be_hit_with_a_thumb_and_nothing_runs_over(
    browser, app, sessions, desk, width, scheme
):
    long = "这台设备" * 60
    many = tuple(need(f"n{i}", "求稳怕担责" * 3, "voiced", long) for i in range(9))
    desk.put(
        view(
            customer_name="欧阳" * 12,
            company="恒盛精密机械制造有限责任公司" * 3,
            heard=heard(long, doubt("price", "质量与效果" * 4, 0.9, "设备", long)),
            offer=offer(12, (long, *REPLIES)),
            needs=many,
            parked=tuple(parked(i) for i in range(3)),
        )
    )
    async with sidebar(browser, app, sessions, width=width, color_scheme=scheme) as page:
        await page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        await press(page, "改一改")
        await press(page, "不合适")
        assert await page.evaluate(SMALL_TARGETS) == []
        assert not await page.evaluate(TOO_WIDE)
