"""Numbers as people write and say them."""

from __future__ import annotations

import pytest

from nlp.facts import numerals
from nlp.facts.tidy import in_figures, note


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("一百五十万", 1_500_000, 1_500_000),
        ("一百二", 120, 120),
        ("四亿二", 420_000_000, 420_000_000),
        ("三万九千八", 39_800, 39_800),
        ("80w", 800_000, 800_000),
        ("120k", 120_000, 120_000),
        ("1万2", 12_000, 12_000),
        ("12,500", 12_500, 12_500),
        ("零点零五", 0.05, 0.05),
        ("三四", 3, 4),
        ("四五十", 40, 50),
        ("三千五六", 3500, 3600),
        ("两百五到三百", 250, 300),
        ("80-100万", 800_000, 1_000_000),
        ("八十到一百万", 800_000, 1_000_000),
        ("千分之四", 0.4, 0.4),
    ],
)
def test_a_number_is_read_in_figures(text: str, low: float, high: float):
    (number,) = numerals.find(text)
    assert (number.low, number.high) == (pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize(
    ("text", "mark"), [("八十来个", "左右"), ("20多", "多"), ("六十个上下", "左右"), ("八十", "")]
)
def test_roughly_is_kept_as_a_mark(text: str, mark: str):
    (number,) = numerals.find(text)
    assert number.mark == mark


@pytest.mark.parametrize("text", ["看一下", "万一坏了", "三天两头", "下周三", "隔三差五", "黑五"])
def test_figures_of_speech_are_no_numbers(text: str):
    assert numerals.find(text) == []


def test_two_liang_is_a_weight_and_no_range():
    assert [(n.low, n.high) for n in numerals.find("一袋少三两")][-1] == (3, 3)


def test_a_note_is_short_and_in_figures():
    assert note("那个就是说账期一百八十天了嘛，") == "账期180天"
    assert in_figures("一天跑两万步，前后都在等") == "一天跑2万步，前后都在等"
    assert note("第二回贴了张黄单子") == "第二回贴了张黄单子"
