from __future__ import annotations

from dataclasses import replace

import pytest

from bot.packs import load_keywords, load_playbook
from knowledge.checks import check_entries
from knowledge.entries import load_entries
from knowledge.industries import load_industries

SHIPPED = load_entries()
PRICE = next(entry for entry in SHIPPED if entry.id == "price-01")
TRUST = next(entry for entry in SHIPPED if entry.id == "trust-01")


def problems(entries):
    return check_entries(entries, load_keywords(), load_playbook().objections, load_industries())


def problems_with(**changes):
    """The problems of price-01 so changed, beside one other entry."""
    return problems([TRUST, replace(PRICE, **changes)])


def test_the_entries_that_ship_have_no_problem():
    assert problems(SHIPPED) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"id": "price-1"}, "price-1: id must be price-NN"),
        ({"id": "trust-01"}, "trust-01: 2 entries have this id"),
        ({"also": ("mood",)}, "price-01: class mood is unknown"),
        ({"industries": ("航天",)}, "price-01: industry 航天 is unknown"),
        ({"examples": ("高得离谱了吧",)}, "price-01: has 1 examples, 2 are needed"),
        ({"examples": ("也太贵了吧", "高得离谱了吧")}, "price-01: example holds the keyword 贵 of its class"),
        (
            {"examples": ("同行少要八万多", "高得离谱了吧")},
            "price-01: example holds the keyword 同行 of its class",
        ),
        ({"examples": ("高得离谱了吧", "高得离谱了呀")}, "price-01: example is nearly that of price-01"),
        (
            {"reply": "十家里有三成省下了钱，您可以放心，咱们一行一行看，看差在哪几行，再商量着划掉。"},
            "price-01: reply says 三成 and no source",
        ),
        ({"ask": "省 20% 您看行吗？"}, "price-01: ask says 2 and no source"),
        (
            {"why": "客户看明细以后成交多了一倍，总数只能吵，明细才能谈。"},
            "price-01: why says 一倍 and no source",
        ),
        ({"reply": "好。"}, "price-01: reply has 2 characters, 30 to 160 are allowed"),
        ({"title": "长" * 21}, "price-01: title has 21 characters"),
        ({"ask": "请告诉我差在哪。"}, "price-01: ask must be one question"),
        ({"ask": "哪一行？哪一列呢？"}, "price-01: ask must be one question"),
        ({"reply": PRICE.reply.rstrip("。")}, "price-01: reply must end like a sentence"),
    ],
)
def test_a_fault_is_named(changes, told):
    assert any(line.startswith(told) for line in problems_with(**changes))


def test_a_number_with_a_source_passes():
    with_number = "省 20% 您看行吗？"
    assert set(problems_with(ask=with_number)) - set(problems_with(ask=with_number, source="公司报价单")) == {
        "price-01: ask says 2 and no source says where it is from"
    }


def test_a_reply_copied_from_another_entry_is_named():
    told = problems_with(reply=TRUST.reply.replace("我", "俺"))
    assert any(line.startswith("trust-01: reply is nearly that of price-01 (0.") for line in told)


def test_too_few_entries_are_named_for_the_class_and_over_all():
    few = [entry for entry in SHIPPED if entry.objection != "trust" and entry.objection < "q"]
    told = problems(few)
    assert f"all: {len(few)} entries, at least 150 are needed" in told
    assert "trust: 0 entries, at least 8 are needed" in told


def test_a_class_must_have_a_reply_for_any_industry():
    bound = [
        replace(entry, industries=("物流",)) if entry.objection == "trust" else entry for entry in SHIPPED
    ]
    assert problems(bound) == ["trust: no entry serves any industry, so some customers would get no reply"]
