"""Times of a deal, kept as said and resolved against the day of the message (2025-03-03)."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.understanding import Utterance
from nlp.facts.calendar_words import last_day
from nlp.facts.reader import FactReader
from tests.nlp.facts.reading import facts, one, values


@pytest.mark.parametrize(
    ("text", "value", "day"),
    [
        ("年底前必须招完", "年底前招完", "2025-12-31"),
        ("八月二十号前必须能开机", "8月20日前开机", "2025-08-20"),
        ("设备春节前得进场", "春节前进场", "2026-02-17"),
        ("我们十月八号要搬", "10月8日搬", "2025-10-08"),
        ("Q3一定要上线", "Q3上线", "2025-09-30"),
        ("明年四月必须投产", "明年4月投产", "2026-04-30"),
    ],
)
def test_a_deadline_is_tidied_and_resolved(text: str, value: str, day: str):
    fact = one("timeline.deadline", text)
    assert (fact.value, fact.date) == (value, day)


def test_a_date_to_come_is_a_window():
    fact = one("timeline.window", "论证会下个月中旬，等院办通知", "论证会什么时候开")
    assert (fact.value, fact.date) == ("下个月中旬", "2025-04-20")


@pytest.mark.parametrize(
    "text", ["2012年装的，脱保三年了", "十几年前的水磨石", "去年走了十一个", "上个月报了三次"]
)
def test_the_past_is_no_deadline(text: str):
    assert [f for f in facts(text) if f.dim == "timeline"] == []


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("月底", date(2025, 3, 31)),
        ("下个月中旬", date(2025, 4, 20)),
        ("下周三", date(2025, 3, 12)),
        ("国庆后", date(2025, 10, 1)),
        ("三个月内", date(2025, 6, 3)),
        ("45天内", date(2025, 4, 17)),
        ("一月份", date(2026, 1, 31)),
        ("明年上半年", date(2026, 6, 30)),
        ("春节前", date(2026, 2, 17)),
    ],
)
def test_time_words_name_their_last_day(said: str, day: date):
    assert last_day(said, date(2025, 3, 3)) == day


def test_without_the_time_of_the_message_nothing_is_resolved():
    (fact,) = [f for f in FactReader().read(Utterance(text="年底前必须招完")) if f.slot == "deadline"]
    assert fact.date is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("别急，等大修完再说", "大修之后"), ("年底前必须招完，不然专项债要收回去", "专项债要收回去")],
)
def test_what_is_waited_for_or_presses_is_the_trigger(text: str, value: str):
    assert values("timeline.trigger", text) == [value]
