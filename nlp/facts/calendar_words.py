"""The last day that a time word can mean, seen from a given day: 年底前, 下个月中旬, Q3, 国庆后, 三个月内."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

from nlp.facts import numerals

_SPRING_FESTIVAL = {
    2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2028: (1, 26), 2029: (2, 13), 2030: (2, 3),
    2031: (1, 23), 2032: (2, 11), 2033: (1, 31), 2034: (2, 19), 2035: (2, 8),
}  # fmt: skip
_FEASTS = {
    "元旦": (1, 1), "五一": (5, 1), "国庆": (10, 1), "十一": (10, 1), "双十一": (11, 11), "双11": (11, 11), "双十二": (12, 12),
    "双12": (12, 12), "618": (6, 18), "圣诞": (12, 25), "开春": (3, 15), "入冬": (11, 7), "立冬": (11, 7), "开学": (9, 1),
    "暑假": (7, 15), "黑五": (11, 28),
}  # fmt: skip
_TERMS = {
    "上半年": (6, 30),
    "下半年": (12, 31),
    "年底": (12, 31),
    "年末": (12, 31),
    "年中": (6, 30),
    "年初": (1, 31),
}
_WEEKDAYS = "一二三四五六日"


def last_day(said: str, today: date) -> date | None:
    """Return the last day that the words can mean, or None when they name no day."""
    for reading in (_span, _weekday, _quarter, _month, _festival, _term, _relative):
        found = reading(said, today)
        if found is not None:
            return found
    return None


def _number(text: str) -> int | None:
    pair = numerals.chinese(text)
    return int(pair[1]) if pair else None


def _span(said: str, today: date) -> date | None:
    match = re.search(
        r"(?P<n>\d+|[一二两三四五六七八九十半俩仨]+)个?(?P<unit>天|周|礼拜|月|年)(?:之|以)?(?:内|里|后)", said
    )
    if not match or (match["unit"] == "月" and "个" not in match[0]):
        return None
    count = 0.5 if match["n"] == "半" else _number(match["n"])
    if count is None:
        return None
    if match["unit"] in {"天", "周", "礼拜"}:
        return today + timedelta(days=int(count * (1 if match["unit"] == "天" else 7)))
    return _months_on(today, int(count * (1 if match["unit"] == "月" else 12)) or 0) + timedelta(
        days=15 * (count == 0.5)
    )


def _months_on(today: date, months: int) -> date:
    place = today.month - 1 + months
    year, month = today.year + place // 12, place % 12 + 1
    return date(year, month, min(today.day, calendar.monthrange(year, month)[1]))


def _weekday(said: str, today: date) -> date | None:
    match = re.search(r"(?P<which>下下|下|这|本)?个?(?:周|礼拜|星期)(?P<day>[一二三四五六日天])", said)
    if not match:
        return None
    monday = today - timedelta(days=today.weekday())
    weeks = {"下下": 2, "下": 1}.get(match["which"] or "", 0)
    day = monday + timedelta(weeks=weeks, days=_WEEKDAYS.index(match["day"].replace("天", "日")))
    return day if day >= today or match["which"] else day + timedelta(weeks=1)


def _year(said: str, today: date) -> int | None:
    for word, years in (("大后年", 3), ("后年", 2), ("明年", 1), ("今年", 0), ("本年", 0)):
        if word in said:
            return today.year + years
    return None


def _quarter(said: str, today: date) -> date | None:
    match = re.search(r"Q([1-4])|第?([一二三四1-4])季度", said)
    if not match:
        return None
    month = 3 * int(match[1] or _number(match[2]) or 0)
    return _end_of_month(_year(said, today) or today.year + (month < today.month), month)


def _end_of_month(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _month(said: str, today: date) -> date | None:
    named = re.search(r"(?P<m>\d{1,2}|[一二三四五六七八九十]{1,2})月", said)
    shift = re.search(r"(?P<which>下下|下|这|本)个?月", said)
    if named:
        month = _number(named["m"])
        if month is None or not 1 <= month <= 12:
            return None
        year = _year(said, today) or today.year + (month < today.month)
    elif shift or re.search(r"月(?:底|末|初|中)|[号日]", said):
        ahead = {"下下": 2, "下": 1}.get(shift["which"], 0) if shift else 0
        base = _months_on(today, ahead)
        year, month = base.year, base.month
    else:
        return None
    return _day_of(said, year, month)


def _day_of(said: str, year: int, month: int) -> date | None:
    end = _end_of_month(year, month)
    match = re.search(r"(?P<d>\d{1,2}|[一二三四五六七八九十]{1,3})[号日]", said)
    if match:
        day = _number(match["d"])
        return date(year, month, day) if day and day <= end.day else None
    for word, day in (("上旬", 10), ("中旬", 20), ("初", 10), ("月中", 20), ("中", 20)):
        if word in said.replace("中秋", ""):
            return date(year, month, day)
    return end


def _festival(said: str, today: date) -> date | None:
    if re.search(r"春节|过年|年前|年后|春运", said):
        for year in (today.year, today.year + 1):
            day = date(year, *_SPRING_FESTIVAL.get(year, (2, 10)))
            if day >= today:
                return day
    for word in sorted(_FEASTS, key=len, reverse=True):
        if word in said:
            return _next(_FEASTS[word], _year(said, today), today)
    return None


def _term(said: str, today: date) -> date | None:
    return next((_next(day, _year(said, today), today) for word, day in _TERMS.items() if word in said), None)


def _next(day: tuple[int, int], year: int | None, today: date) -> date:
    first = date(year or today.year, *day)
    return first if year or first >= today else date(today.year + 1, *day)


def _relative(said: str, today: date) -> date | None:
    week = re.search(r"(?P<which>下下|下|这|本)个?(?:周|礼拜|星期)", said)
    if week:
        weeks = {"下下": 2, "下": 1}.get(week["which"], 0)
        return today - timedelta(days=today.weekday()) + timedelta(weeks=weeks, days=6)
    year = _year(said, today)
    return date(year, 12, 31) if year else None
