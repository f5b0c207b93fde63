"""Budgets: what counts as an amount and what does not."""

from __future__ import annotations

import pytest

from tests.nlp.facts.reading import facts, one, values

ASKED = "预算这块您心里有个数吗"


@pytest.mark.parametrize(
    ("text", "value", "number"),
    [
        ("今年预算八十来个", "80万左右", 80),
        ("预算80w", "80万", 80),
        ("预算3000万左右", "3000万左右", 3000),
        ("批下来一百五十万", "150万", 150),
        ("财政批了六百五", "650万", 650),
        ("手上是八十到一百万的盘子", "80-100万", 100),
        ("五万封顶，多的没有", "≤5万", 5),
        ("总部给的额度是30万美元", "30万美元", 30),
        ("预算12万8千元", "12.8万", 12.8),
    ],
)
def test_an_amount_is_tidied_in_wan(text: str, value: str, number: float):
    fact = one("budget.amount", text)
    assert (fact.value, fact.number) == (value, pytest.approx(number))


def test_an_answer_to_the_reps_question_needs_no_other_word():
    assert values("budget.amount", "六十个上下", ASKED) == ["60万左右"]
    assert values("budget.amount", "六十个上下") == []


@pytest.mark.parametrize(
    "text",
    [
        "去年赔了十九万",
        "他们报价一百二",
        "电费一个月二十八万",
        "预算不是80万",
        "手里得攥一个叫得响的项目",
        "我签字就五万封顶，上头再批",
        "去年给那家拨了九个电话",
    ],
)
def test_other_sums_are_no_budget(text: str):
    assert values("budget.amount", text) == []


def test_no_budget_is_noted_as_a_refusal_and_never_as_an_amount():
    assert values("budget.amount", "今年没有预算，80万就别想了") == []
    assert values("budget.approval", "今年没有预算") == ["今年没有预算"]


def test_a_number_thrown_back_at_the_rep_is_not_the_customers():
    assert values("budget.amount", "150？？厂里给我的数是六十万", "双工位一般150万上下，费用按多少做") == [
        "60万"
    ]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("我手上大概五十来个", "ambiguous"),
        ("预算可能要八十万", "ambiguous"),
        ("批了八十五", "found"),
        ("六十个上下", "found"),
    ],
)
def test_a_hedge_makes_it_ambiguous(text: str, status: str):
    (fact,) = [f for f in facts(text, ASKED) if f.slot == "amount"]
    assert fact.status == status
