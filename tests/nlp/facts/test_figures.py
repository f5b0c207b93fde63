"""Fault codes, parameters and rates."""

from __future__ import annotations

import pytest

from nlp.facts import codes, rates
from tests.nlp.facts.reading import one, passage, values

CODE, PARAMETER = "fault_history.fault_code", "tech_requirements.parameter"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("昨晚又报SRVO-062", "SRVO-062"),
        ("焊机蹦E-304就得断电", "E-304"),
        ("变频器报F30001", "F30001"),
        ("机床报警 414", "414"),
        ("伺服一直AL.32", "AL.32"),
        ("空压机ALM 0032", "ALM 0032"),
        ("系统报的是S P九零六六", "SP9066"),
        ("灭菌锅报的是F零六", "F06"),
        ("制氮机报的是A二十三", "A23"),
        ("屏上PRN-09", "PRN-09"),
    ],
)
def test_a_fault_code_is_found_as_written_or_spoken(text: str, code: str):
    assert values(CODE, text) == [code]


@pytest.mark.parametrize(
    "text",
    [
        "订单号SO20230815，合同HT-2023-045",
        "机器人是老TA-1400",
        "防护要IP67，过ISO9001",
        "你们报价120万，他们报了一百二",
        "我们Q3上线，用的是用友U8",
        "发票编号A12345",
    ],
)
def test_other_numbers_are_no_fault_codes(text: str):
    assert values(CODE, text) == []


@pytest.mark.parametrize(
    ("text", "value", "comparator", "number", "unit"),
    [
        ("节拍≤45秒", "节拍≤45秒", "≤", 45, "秒"),
        ("精度要±0.02mm", "精度±0.02mm", "±", 0.02, "mm"),
        ("熔深不能少于1.5mm", "熔深≥1.5mm", "≥", 1.5, "mm"),
        ("温度不超过60度", "温度≤60℃", "≤", 60, "℃"),
        ("转速0.35秒以内", "转速≤0.35秒", "≤", 0.35, "秒"),
        ("换型不能超过八分钟", "换型≤8分钟", "≤", 8, "分钟"),
        ("64排起步", "≥64排", "≥", 64, "排"),
        ("噪音别过四十五分贝", "噪音≤45dB", "≤", 45, "dB"),
        ("防护等级要IP67", "防护等级IP67", "=", 67, None),
    ],
)
def test_a_parameter_has_comparator_number_and_unit(text, value, comparator, number, unit):
    fact = one(PARAMETER, text)
    assert (fact.value, fact.comparator, fact.number, fact.unit) == (value, comparator, number, unit)


def test_the_reps_question_names_the_parameter():
    assert values(PARAMETER, "45秒以内，换型不能超过8分钟", "节拍您要求多少") == ["节拍≤45秒", "换型≤8分钟"]


@pytest.mark.parametrize(
    ("text", "question", "value"),
    [
        ("一天停三四回", "", "3-4次/天"),
        ("三四回吧", "那台一天停几回？", "3-4次/天"),
        ("报E-12，一个钟头停三回", "", "3次/小时"),
        ("上个月我记了11回，回回报E-207", "", "上月11次"),
        ("点胶机AL-15三天一亮", "", "3天1次"),
    ],
)
def test_a_frequency_is_times_per_period(text: str, question: str, value: str):
    assert values("fault_history.frequency", text, question) == [value]


def test_a_standstill_is_a_time_each():
    fact = one("fault_history.downtime", "大概半个钟头吧我猜", "每次停多久您记过没有")
    assert (fact.value, fact.number, fact.unit, fact.status) == ("约30分钟/次", 30, "分钟", "ambiguous")
    assert values("fault_history.downtime", "报2103，停了两天") == ["2天"]


def test_takt_and_volume_are_told_apart():
    slots = {f.slot: f.value for f in rates.read(passage("一天出1300副上下，一件得七十多秒"))}
    assert slots == {"volume": "1300副/天", "takt": "70多秒/件"}


def test_codes_are_found_with_their_place():
    text = "昨晚报E-304"
    assert [(code, text[start:end]) for code, start, end in codes.found(passage(text))] == [
        ("E-304", "E-304")
    ]
