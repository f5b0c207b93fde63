"""Other suppliers, equipment, systems and the route of a purchase."""

from __future__ import annotations

import pytest

from tests.nlp.facts.reading import values

NAME, RELATION = "competition.name", "competition.relation"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("鼎捷报了一百二", ["鼎捷"]),
        ("法兰克那边报得比你们低", ["发那科"]),
        ("在谈的还有宏泰和鑫力两家", ["宏泰", "鑫力"]),
        ("固砺报价比你们低", ["固砺"]),
        ("一直用的是恒测的", ["恒测"]),
    ],
)
def test_a_supplier_is_known_by_table_or_by_the_way_it_is_named(text: str, names: list[str]):
    assert values(NAME, text) == names


def test_the_answer_to_who_else_is_a_supplier():
    assert values(NAME, "有，锐焊的，上礼拜刚来演示过", "现在有别家在跟你们谈吗") == ["锐焊"]


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("鼎捷报了一百二", "鼎捷：bidder"),
        ("西门子我们用了五年", "西门子：incumbent"),
        ("看板是我们自己写的", "in-house"),
    ],
)
def test_the_relation_follows_the_words(text: str, relation: str):
    assert values(RELATION, text) == [relation]


@pytest.mark.parametrize("text", ["我们想进宁德做二供", "明天几点来", "人家比你们快", "老板报了个班"])
def test_customers_of_the_customer_and_plain_words_are_no_rivals(text: str):
    assert values(NAME, text) == []


def test_equipment_has_make_model_and_age():
    assert values("current_state.equipment", "机器人还是松下的老TA-1400，买了有九年了") == [
        "松下TA-1400（买了有9年）"
    ]


def test_equipment_at_fault_is_told_from_equipment_in_use():
    assert values("fault_history.equipment", "注塑机老是报警，一天停三回") == ["注塑机"]
    assert values("current_state.equipment", "注塑机老是报警，一天停三回") == []


def test_a_system_to_connect_is_integration():
    assert values("integration.system", "客户编码得跟用友U8对上，企业微信也得接") == ["用友U8", "企业微信"]
    assert values("integration.interface", "只许走中间表") == ["只许走中间表"]


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("必须公开招标", "公开招标"),
        ("三家比价", "三家比价"),
        ("政府采购平台公开招标", "政府采购公开招标"),
        ("走集采平台", "集采"),
    ],
)
def test_the_route_is_named(text: str, route: str):
    assert values("budget.route", text) == [route]


def test_a_route_that_is_ruled_out_is_not_taken():
    assert values("budget.route", "金额没到公开招标线，三家比价") == ["三家比价"]
