"""The panel: what it says in each state, and that hostile text stays text."""

import re

import pytest

from bot.domain.conversation import Consent
from tests.web import fakes
from web.sidebar.panel import Renderer
from web.sidebar.words import plain_reason

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}"


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer()


def text_of(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html)


def test_it_says_what_the_customer_doubts_and_what_to_answer(renderer):
    shown = text_of(renderer.panel(fakes.view()).html)
    for words in (
        "王建国",
        "恒盛精密",
        "价格",
        "很可能",
        "可以这样回",
        "还值得问",
        fakes.REPLIES[0],
        "听出来的需求",
    ):
        assert words in shown


def test_confidence_is_in_words_and_its_figure_beside(renderer):
    html = renderer.panel(fakes.view()).html
    chips = re.findall(r'class="word">(.+?)</span><span class="figure">(.+?)</span>', html)
    assert chips == [("很可能", "把握 93%"), ("很可能", "把握 71%"), ("可能", "把握 64%")]


def test_doubts_come_most_probable_first_and_the_rest_folded(renderer):
    doubts = [fakes.doubt(f"c{i}", f"顾虑{i}", 0.3 + i / 20, "价格") for i in range(6)]
    html = renderer.panel(fakes.view(heard=fakes.heard(fakes.WORDS, *doubts))).html
    assert re.findall(r"<b>(顾虑\d)</b>", html) == [f"顾虑{i}" for i in (5, 4, 3, 2, 1, 0)]
    assert "还有 2 个" in html


def test_the_dots_say_what_is_known(renderer):
    html = renderer.panel(fakes.view()).html
    dots = re.search(r'class="dots"[^>]*>(.+?)</span>', html)
    kinds = re.findall(r'<i class="(\w+)">', dots[1])
    assert len(kinds) == 12
    assert (kinds.count("found"), kinds.count("confirmed"), kinds.count("unsure")) == (3, 1, 2)
    assert "4/12 已知" in html


def test_the_picture_gives_value_level_and_quote(renderer):
    shown = text_of(renderer.panel(fakes.view()).html)
    for words in (
        "商机识别",
        "需求诊断",
        "方案匹配",
        "风险预判",
        "陈总",
        "拍板人",
        "“最后还得陈总点头”",
        "您记的",
        "客户已确认",
    ):
        assert words in shown
    assert "客户说的，前后说法不一" in shown


def test_what_is_missing_says_what_to_ask(renderer):
    assert "可以问：" in renderer.panel(fakes.view()).html


def test_nothing_to_say_is_one_grey_line_and_the_picture(renderer):
    html = renderer.panel(fakes.quiet_view()).html
    assert "暂无新的建议" in html
    assert "可以这样回" not in html
    assert html.index("暂无新的建议") < html.index("业务目标")


def test_a_doubt_whose_suggestion_is_gone_still_shows(renderer):
    html = renderer.panel(fakes.view(offer=None)).html
    assert "现在最可能的顾虑" in html
    assert "暂无新的建议" in html


@pytest.mark.parametrize(
    ("consent", "words", "never"),
    [
        (Consent.UNKNOWN, "先问一声客户", "可以这样回"),
        (Consent.WITHDRAWN, "客户已撤回同意", "现在最可能的顾虑"),
    ],
)
def test_without_consent_nothing_derived_is_shown_even_if_it_were_there(renderer, consent, words, never):
    html = renderer.panel(fakes.view(consent=consent)).html
    assert words in html
    assert never not in html
    assert fakes.WORDS not in html
    assert "陈总" not in html
    assert 'data-consent="agreed"' in html


def test_withdrawing_asks_once_more(renderer):
    html = renderer.panel(fakes.view()).html
    assert html.index("撤回同意") < html.index("已有的分析会删掉") < html.index('data-consent="withdrawn"')


def test_parked_work_can_be_tried_again(renderer):
    html = renderer.panel(fakes.view(parked=tuple(fakes.parked(i) for i in range(14)))).html
    assert "有一条语音没听懂" in html
    assert html.count('data-do="retry"') == 10
    assert "其余 4 件，请告诉管理员" in html


@pytest.mark.parametrize(
    "field", ["customer", "company", "heard", "reply", "why", "ask", "value", "need", "parked"]
)
def test_hostile_text_stays_text(renderer, field):
    parked = fakes.parked()
    views = {
        "customer": fakes.view(customer_name=HOSTILE),
        "company": fakes.view(company=HOSTILE),
        "heard": fakes.view(heard=fakes.heard(HOSTILE, fakes.doubt("price", HOSTILE, 0.9, "alert(1)", HOSTILE))),
        "reply": fakes.view(offer=fakes.offer(replies=(HOSTILE,))),
        "why": fakes.view(offer=fakes.Offer(suggestion_id=1, passages=(fakes.passage("好", why=HOSTILE, source=HOSTILE),), ask="", ask_reason="")),
        "ask": fakes.view(offer=fakes.Offer(suggestion_id=1, passages=(), ask=HOSTILE, ask_reason=HOSTILE)),
        "value": fakes.view(dimensions=fakes.dimensions({"pain": (fakes.value(HOSTILE, HOSTILE, quote=HOSTILE),)})),
        "need": fakes.view(needs=(fakes.need("uptime", HOSTILE, "voiced", HOSTILE),)),
        "parked": fakes.view(parked=(type(parked)(job_id=1, what=HOSTILE, reason=HOSTILE, parked_at=fakes.SAID_AT),)),
    }  # fmt: skip
    html = renderer.panel(views[field]).html
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;" in html
    assert "{{7*7}}" in html


def test_no_code_of_ours_is_read_by_a_person(renderer):
    shown = text_of(renderer.panel(fakes.view()).html)
    assert not re.search(r"[a-z_]{3,}", shown)


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("录音文件打不开", "录音文件打不开"),
        ("试了 5 次都没有成功（errcode 45009）", "试了 5 次都没有成功"),
        ("企业微信繁忙(企业微信 -1,message/send)，请过一会儿再试一次", "企业微信繁忙，请过一会儿再试一次"),
        ("服务器 IP 不在名单里(企业微信 60020,kf/sync_msg,出口 IP 1.2.3.4)", "服务器 IP 不在名单里"),
        ("连不上企业微信(kf/sync_msg)", "连不上企业微信"),
        ("no such message", ""),
    ],
)
def test_what_operators_read_is_kept_from_the_rep(reason, shown):
    assert plain_reason(reason) == shown


def test_the_same_view_gives_the_same_html(renderer):
    assert renderer.panel(fakes.view()).html == renderer.panel(fakes.view()).html


def test_every_part_of_the_panel_has_a_name_of_its_own(renderer):
    parts = re.findall(r'data-part="(\w+)"', renderer.panel(fakes.view(parked=(fakes.parked(),))).html)
    assert parts == ["who", "parked", "doubts", "offer", "ask", "needs"]
