"""Takes the pictures of the docs: a customer's sentence typed in the browser, and thirty lines it never saw.

Run by `make pictures`. Starts a demo of its own in a temporary folder; needs Chromium and a CJK font.
Writes the PNG files beside this script and ../thirty-lines.md.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright, expect

from bot.packs import load_playbook
from wenzhen.bench.stage import Room, Stage, open_stage

HERE = Path(__file__).parent
LINES = HERE.parents[1] / "tests" / "fixtures" / "eval" / "thirty_lines.jsonl"
SENTENCE = "你们这个价格比别家高了快三成,而且等货要三个月"
FACTS = "预算80万左右，李总拍板，年底前要上，四号线节拍90秒太慢"
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--hide-scrollbars",
]  # fmt: skip
NO_COOLDOWN = {"WENZHEN_SUGGEST__COOLDOWN_SECONDS": "0"}


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with open_stage(Path(folder) / "demo", NO_COOLDOWN) as stage, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            await show_window(browser, stage)
            for width, scheme in ((400, "light"), (375, "light"), (400, "dark")):
                await show_sidebar(browser, stage, width, scheme)
            await play_thirty(browser, stage)
            await browser.close()


async def show_window(browser: Browser, stage: Stage) -> None:
    """Type as the customer in the demo window and wait until the sidebar beside it has changed by itself."""
    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    await page.goto(str(stage.simulator.base_url))
    sidebar = page.frame_locator("#sidebar")
    await expect(sidebar.locator("body")).to_contain_text("王建国")
    composer = page.locator("#customer-chat").get_by_placeholder("以客户身份说话")
    await composer.fill(SENTENCE)
    await composer.press("Enter")
    await expect(sidebar.locator("mark").first).to_be_visible(timeout=15_000)
    await expect(sidebar.locator("body")).to_contain_text("可以这样回")
    await page.wait_for_timeout(500)
    await page.screenshot(path=HERE / "demo-1280.png")
    await page.close()


async def show_sidebar(browser: Browser, stage: Stage, width: int, scheme: str) -> None:
    page = await sign_in(browser, stage, stage.rooms[0], width, scheme)
    await page.screenshot(
        path=HERE / f"sidebar-{width}{'' if scheme == 'light' else '-dark'}.png", full_page=True
    )
    if width == 375:
        await stage.say(stage.rooms[0], FACTS)
        await expect(page.locator("body")).not_to_contain_text("0/12", timeout=15_000)
        await page.locator("details.picture > summary").first.click()
        await page.wait_for_timeout(400)
        await page.screenshot(path=HERE / "picture-375.png", full_page=True)
    await page.context.close()


async def sign_in(browser: Browser, stage: Stage, room: Room, width: int, scheme: str) -> Page:
    context = await browser.new_context(
        viewport={"width": width, "height": 760}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = await context.new_page()
    base = str(stage.product.base_url)
    await page.goto(f"{base}/demo/login?as=lixiang&next=/sidebar/c/{room.conversation_id}")
    await page.wait_for_timeout(800)
    return page


async def play_thirty(browser: Browser, stage: Stage) -> None:
    """Say each line to one open sidebar, and write down what it showed, without a reload."""
    room = stage.rooms[-1]
    page = await sign_in(browser, stage, room, 400, "light")
    names = load_playbook().objections
    rows = ["| the customer said | labelled | heard | first reply |", "|---|---|---|---|"]
    right = 0
    lines = [json.loads(row) for row in LINES.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        await stage.say(room, line["text"])
        heard, reply = await shown(page, line["text"])
        labels = [names[code] for code in line["labels"] if code != "none"]
        right += set(labels) == set(heard)
        cells = (line["text"], "、".join(labels) or "—", "、".join(heard) or "—", reply or "—")
        rows.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    await page.screenshot(path=HERE / "thirty-400.png")
    text = [
        "# Thirty lines in the browser\n",
        "Lines of the development set that are neither in the example story nor in the training corpus, typed as",
        "the customer into one open sidebar; what the sidebar showed was read from the page, without a reload.",
        f"Exactly as labelled: {right} of {len(lines)}. Made by `make pictures`.\n",
        *rows,
        "",
    ]
    (HERE.parent / "thirty-lines.md").write_text("\n".join(text), encoding="utf-8")


async def shown(page: Page, text: str) -> tuple[list[str], str]:
    """Return the doubts and the first reply once the panel quotes `text`; nothing heard is nothing shown."""
    quote = page.locator("blockquote.heard").first
    try:
        await expect(quote).to_contain_text(text[:12], timeout=3_000)
    except AssertionError:
        return [], ""
    doubts = await page.locator("[data-part=doubts] .chip b").all_inner_texts()
    replies = page.locator("[data-part=offer] .passage .reply")
    reply = await replies.first.inner_text() if await replies.count() else ""
    return doubts, reply


if __name__ == "__main__":
    asyncio.run(main())
