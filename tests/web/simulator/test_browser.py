"""The demo window in a real browser, over the real simulator: one person plays all three."""

from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from tests.web.browser import SMALL_TARGETS, TOO_WIDE, chromium, opened
from tests.web.fakes import REPLIES, WORDS, view
from tests.web.serving import served
from web.app import create_app
from web.headers import HeaderPolicy
from web.login import login_router
from web.sidebar import sidebar_router
from web.simulator import demo_router
from webhooks.simulator.app import create_simulator
from webhooks.simulator.simulator import Options
from webhooks.simulator.story import DEMO_STORY
from webhooks.simulator.world import DEMO_WORLD, DoorKeys, World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
REP = "lixiang"
HOSTILE = "<img src=x onerror=alert(1)>便宜点<script>alert(2)</script>"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    async with chromium() as running:
        yield running


async def no_pause(_seconds: float) -> None:
    return


@asynccontextmanager
async def demo(browser, desk, sessions, clock, *, width=1280, **settings):
    keys = {"app": DoorKeys.generate(), "kf": DoorKeys.generate()}
    world = World.load(DEMO_WORLD, secrets=keys)
    simulator = create_simulator(world, Options(story_path=DEMO_STORY, sleep=no_pause))
    async with served(simulator) as here:
        router = sidebar_router(desk=desk, sessions=sessions, clock=clock, host_origins=(here,))
        product = create_app(
            routers=[router, login_router(sessions=sessions, demo=True)],
            policy=HeaderPolicy(frame_ancestors=(here,)),
        )
        async with served(product) as there:
            simulator.include_router(demo_router(product_url=there))
            async with opened(browser, width=width, **settings) as page:
                await page.goto(here)
                await page.locator("#customer option").first.wait_for(state="attached")
                yield page, world.description.customers[0].external_userid


async def say(page, chat, text):
    await page.fill(f"#{chat} textarea", text)
    await page.press(f"#{chat} textarea", "Enter")


async def test_what_the_customer_types_reaches_the_rep(browser, desk, sessions, clock):
    async with demo(browser, desk, sessions, clock) as (page, _):
        await say(page, "customer-chat", WORDS)
        await page.locator("#customer-chat .own").get_by_text(WORDS).wait_for()
        await page.locator("#rep-chat .other").get_by_text(WORDS).wait_for()


async def test_what_the_rep_types_reaches_the_customer(browser, desk, sessions, clock):
    async with demo(browser, desk, sessions, clock) as (page, _):
        await say(page, "customer-chat", WORDS)
        await page.locator("#rep-chat .other").get_by_text(WORDS).wait_for()
        await say(page, "rep-chat", "王总您好")
        await page.locator("#customer-chat .other").get_by_text("王总您好").wait_for()


async def test_the_sidebar_opens_by_itself_and_sends_for_the_rep(browser, desk, sessions, clock):
    async with demo(browser, desk, sessions, clock) as (page, customer):
        sidebar = page.frame_locator("#sidebar")
        await sidebar.get_by_text("还没有聊天记录").wait_for()
        await say(page, "customer-chat", WORDS)
        await desk.push(view(), rep_id=REP, customer_id=customer)
        await sidebar.get_by_text(REPLIES[0]).filter(visible=True).wait_for()
        await sidebar.get_by_role("button", name="发送").first.click()
        await page.locator("#customer-chat .other").get_by_text(REPLIES[0]).wait_for()
        await sidebar.get_by_text("已发送").wait_for()
    assert desk.done == [("use", 12, 0, REPLIES[0])]


async def test_nobody_but_the_framed_sidebar_can_speak_for_the_rep(browser, desk, sessions, clock):
    async with demo(browser, desk, sessions, clock) as (page, _):
        await say(page, "customer-chat", WORDS)
        await page.evaluate("window.postMessage({type: 'wenzhen.send', id: '1', text: '冒充'}, '*')")
        await say(page, "rep-chat", "真的")
        await page.locator("#rep-chat .own").get_by_text("真的").wait_for()
        assert await page.get_by_text("冒充").count() == 0


async def test_hostile_words_stay_words(browser, desk, sessions, clock):
    async with demo(browser, desk, sessions, clock) as (page, _):
        await say(page, "customer-chat", HOSTILE)
        await page.locator("#rep-chat .other").get_by_text(HOSTILE).wait_for()
        await say(page, "bot-chat", HOSTILE)
        await page.locator("#bot-chat .own").get_by_text(HOSTILE).wait_for()
        assert await page.locator(".messages img, .messages script").count() == 0


async def test_a_message_taken_back_disappears_for_both(browser, desk, sessions, clock):
    async with demo(browser, desk, sessions, clock) as (page, _):
        await say(page, "customer-chat", "说错了")
        row = page.locator("#customer-chat .own").filter(has_text="说错了")
        await row.hover()
        await row.get_by_role("button", name="撤回").click()
        for chat in ("customer-chat", "rep-chat"):
            await page.locator(f"#{chat}").get_by_text("撤回了一条消息").wait_for()
            assert await page.locator(f"#{chat}").get_by_text("说错了").count() == 0


async def test_the_story_plays_to_its_end_and_says_so(browser, desk, sessions, clock):
    async with demo(browser, desk, sessions, clock) as (page, _):
        await page.get_by_text("共 13 句").wait_for()
        await page.click("#play")
        await page.get_by_text("讲完了").wait_for()


async def test_clearing_empties_the_chats(browser, desk, sessions, clock):
    async with demo(browser, desk, sessions, clock) as (page, _):
        await say(page, "customer-chat", WORDS)
        await page.locator("#rep-chat .other").wait_for()
        await page.click("#reset")
        await page.locator("#rep-chat").get_by_text("客户说话后会出现在这里。").wait_for()


async def test_a_fault_is_switched_on_and_off(browser, desk, sessions, clock):
    async with demo(browser, desk, sessions, clock) as (page, _):
        await page.click(".faults summary")
        for pressed in ("true", "false"):
            await page.get_by_role("button", name="重复投递").click()
            await page.locator(f'[data-fault="duplicate_callbacks"][aria-pressed="{pressed}"]').wait_for()


async def test_the_drawer_shows_what_travelled(browser, desk, sessions, clock):
    async with demo(browser, desk, sessions, clock) as (page, _):
        await page.click("#trace-toggle")
        await say(page, "customer-chat", WORDS)
        await page.locator("#trace-list").get_by_text("客服有新消息").first.wait_for()
        assert WORDS not in await page.locator("#trace-list").text_content()


async def test_the_hint_is_given_once(browser, desk, sessions, clock):
    async with demo(browser, desk, sessions, clock) as (page, _):
        await page.get_by_role("button", name="知道了").click()
        await page.reload()
        await page.locator("#customer option").first.wait_for(state="attached")
        assert not await page.locator("#hint").is_visible()


async def test_on_a_phone_one_pane_is_seen_and_the_others_say_that_something_came(
    browser, desk, sessions, clock
):
    async with demo(browser, desk, sessions, clock, width=375, has_touch=True) as (page, _):
        assert await page.locator(".pane:visible").count() == 1
        await say(page, "customer-chat", WORDS)
        await page.locator('[data-tab="rep"].news').wait_for()
        for name in ("销售", "侧边栏", "机器人", "客户"):
            await page.locator(".tabs").get_by_role("button", name=name).click()
            assert await page.locator(".pane:visible").count() == 1
            assert not await page.evaluate(TOO_WIDE)
            assert await page.evaluate(SMALL_TARGETS) == []
        assert await page.locator(".news").count() == 0
