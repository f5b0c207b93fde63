"""Numbers as people write and say them: 八十来, 三四, 四亿二, 1.5万, 80-100, 千分之四.

`find` returns every number of a text in order. Plain numerals go to cn2an; what people do around
them (来, 几, 多, 三四, a dropped last unit, 俩, 半) is read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import cn2an

_DIGITS = "零〇一二两三四五六七八九俩仨"
_CN = rf"[{_DIGITS}十百千万亿]"
_VALUE = {sign: place for place, sign in enumerate("零一二三四五六七八九")} | {
    "两": 2,
    "〇": 0,
    "俩": 2,
    "仨": 3,
}
_SCALES = {"万": 1e4, "w": 1e4, "W": 1e4, "千": 1e3, "k": 1e3, "K": 1e3, "百": 1e2, "亿": 1e8, "": 1.0}
_LONGEST = 14  # no sum, count or measure is longer; a row of figures is a phone number or noise
_PLACES = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}

_CHINESE = (
    rf"{_CN}+(?:点[零〇一二两三四五六七八九]+)?(?:几(?![个种家台点号])|几(?=[个家台点号])(?<=[十百千]几))?"
)
_ARABIC = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?"
_ATOM = re.compile(
    rf"(?P<frac>(?P<base>百|千|万)分之(?P<part>{_CN}+(?:点{_CN}+)?|\d+(?:\.\d+)?))"
    rf"|(?P<few>[好]?几(?P<fewscale>十|百|千|万)(?P<fewwan>万)?)"
    rf"|(?P<num>{_ARABIC})(?P<scale>[百千]?[万亿]|[wWkK](?![A-Za-z])|[百千](?![分克瓦米]))?(?P<tailnum>[一二三四五六七八九\d](?!\d))?"
    rf"|(?P<cn>{_CHINESE})"
)
_MORE = re.compile(r"\s?(?P<more>来|多|余|几|出头|好几|把)?(?P<wan>万|亿)?(?P<more2>来|多|余)?")
_AROUND = re.compile(r"^[个块万元钱台套人天次%]{0,2}(?:左右|上下|出头|的?样子|光景)")
_ABOUT = re.compile(r"(?:大概|大约|约|差不多|将近|近|小|估计|估摸)$")
_LINK = re.compile(r"^[个万元块天]{0,2}\s?(?:到|至|[-~～—–]{1,2})\s?$")
_IDIOMS = re.compile(
    r"一(?=[下样起直定些点旦般律向概再边会方致手套把份心口门味阵身])|万一|一个个|统一|唯一|第一时间|三天两头|七上八下|千万别|"
    r"乱七八糟|星期[一二三四五六日天]|周[一二三四五六日]|礼拜[一二三四五六]|百分百|隔三差五|黑五|双十[一二]|五一(?=前|后|节|之|放|端)|十一(?=前|后|之|长假|黄金)|八字|三六一|四处|一两句|万一|十足|千万(?=[别不要])"
)


@dataclass(frozen=True, kw_only=True)
class Number:
    """A number in a text: `low == high` when it is exact; `mark` is 左右, 多, 余 or empty.

    `start`, `end` are character offsets; `scaled` tells that 万 or 亿 was said.
    """

    low: float
    high: float
    start: int
    end: int
    mark: str = ""
    scaled: bool = False
    ratio: bool = False

    @property
    def exact(self) -> bool:
        return self.low == self.high and not self.mark

    def shown(self, divisor: float = 1.0) -> str:
        """Return it in Arabic numerals, divided by `divisor`: 80, 3-4, 250-300."""
        low, high = plain_number(self.low / divisor), plain_number(self.high / divisor)
        return low if low == high else f"{low}-{high}"


def plain_number(value: float) -> str:
    """Return a number without needless zeros."""
    return f"{round(value, 4):f}".rstrip("0").rstrip(".")


def find(text: str) -> list[Number]:
    """Return the numbers of a text, ranges joined."""
    text = _IDIOMS.sub(lambda match: "□" * len(match[0]), text)
    found: list[Number] = []
    for number in _atoms(text):
        joined = _join(found[-1], number, text) if found else None
        if joined is None:
            found.append(number)
        else:
            found[-1] = joined
    return found


def _atoms(text: str) -> Iterator[Number]:
    position = 0
    while match := _ATOM.search(text, position):
        number = _read(match)
        position = match.end()
        if number is not None:
            number = _surroundings(number, text)
            position = max(position, number.end)
            yield number


def _read(match: re.Match[str]) -> Number | None:
    start, end = match.span()
    if match["frac"]:
        per = {"百": 100, "千": 1000, "万": 10_000}[match["base"]]
        part = chinese(match["part"])
        share = None if part is None else part[0] * 100 / per
        return None if share is None else Number(low=share, high=share, start=start, end=end, ratio=True)
    if match["few"]:
        scale = _PLACES[match["fewscale"]] * (10_000 if match["fewwan"] else 1)
        return Number(low=scale * 2, high=scale * 9, start=start, end=end, mark="几")
    if match["num"]:
        return _arabic(match, start, end)
    text = match["cn"]
    if len(text) == 2 and text.endswith("两") and text != "一两":  # a weight (三两), no figure
        text, end = text[0], end - 1
    several = text.endswith("几")
    pair = chinese(text.rstrip("几"))
    if pair is None:
        return None
    scaled = "万" in text or "亿" in text
    return Number(
        low=pair[0], high=pair[1], start=start, end=end, mark="多" if several else "", scaled=scaled
    )


def _arabic(match: re.Match[str], start: int, end: int) -> Number | None:
    if len(match["num"]) > _LONGEST:
        return None
    value, scale, tail = float(match["num"].replace(",", "")), match["scale"] or "", match["tailnum"]
    factor = 1.0
    for sign in scale:
        factor *= _SCALES[sign]
    value *= factor
    if tail and scale:
        value += chinese_digit(tail) * factor / 10
    elif tail:
        end -= 1
    return Number(
        low=value, high=value, start=start, end=end, scaled=scale in {"万", "w", "W", "亿", "百万", "千万"}
    )


def chinese_digit(sign: str) -> float:
    """Return the value of one digit, Chinese or Arabic."""
    return float(_VALUE.get(sign, int(sign) if sign.isdigit() else 0))


def _surroundings(number: Number, text: str) -> Number:
    """Read 来, 多, 万, 左右 and 大概 around a number."""
    if number.ratio:
        return number
    match = _MORE.match(text, number.end)
    mark, low, high, end, scaled = number.mark, number.low, number.high, number.end, number.scaled
    if match and (match["more"] or match["wan"] or match["more2"]):
        more = match["more"] or match["more2"]
        mark = {"来": "左右", "出头": "多", "几": "多", "好几": "多", "把": "左右", "余": "余"}.get(
            more, more
        ) or mark
        if match["wan"] and not scaled:
            factor = _SCALES[match["wan"]]
            low, high, scaled = low * factor, high * factor, True
        end = match.end()
    if _AROUND.match(text[end:]) or _ABOUT.search(text[: number.start]):
        mark = mark or "左右"
    return replace(number, low=low, high=high, end=end, mark=mark, scaled=scaled)


def _join(first: Number, second: Number, text: str) -> Number | None:
    between = text[first.end : second.start]
    if not _LINK.match(between) or first.ratio != second.ratio or text[first.start : first.end] == "一":
        return None
    low, high = first.low, second.high
    if second.scaled and not first.scaled:
        low *= 1e8 if high >= 1e8 and low < high / 1e4 else 1e4
    if low >= high and high < 10 <= low:
        return None
    if low > high:
        return None
    scaled = first.scaled or second.scaled
    return Number(
        low=low,
        high=high,
        start=first.start,
        end=second.end,
        mark=second.mark,
        scaled=scaled,
        ratio=first.ratio,
    )


def chinese(text: str) -> tuple[float, float] | None:
    """Read a numeral, Arabic or Chinese, maybe an approximate pair (三四十); None if it is none."""
    if len(text) > _LONGEST:
        return None
    if re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", text):
        return float(text), float(text)
    text = text.replace("俩", "两").replace("仨", "三").replace("〇", "零")
    pair = _approximate(text)
    if pair is not None:
        return pair
    value = _exact(text)
    return None if value is None else (value, value)


_PAIR = re.compile(
    r"^(?P<head>.*?)(?P<a>[一二两三四五六七八九])(?P<b>[二两三四五六七八九])(?P<place>[十百千]?)(?P<wan>[万亿]?)$"
)


def _approximate(text: str) -> tuple[float, float] | None:
    match = _PAIR.match(text)
    if not match:
        return None
    one, two = chinese_digit(match["a"]), chinese_digit(match["b"])
    head = match["head"]
    if (
        (two - one != 1 and (one, two) != (3, 5))
        or (match["b"] == "两" and match["a"] != "一")
        or (head and head[-1] not in "十百千万")
        or "点" in head
    ):
        return None
    if head and not match["place"]:
        base = _exact(head)
        place = _PLACES[head[-1]] / 10 if head[-1] != "十" else 1.0
    else:
        base = _exact(head) if head else 0.0
        place = float(_PLACES.get(match["place"], 1))
    if base is None:
        return None
    factor = float(_PLACES.get(match["wan"], 1))
    return (base + one * place) * factor, (base + two * place) * factor


_YI = re.compile(r"^(?P<head>[零一二两三四五六七八九十百千]+)亿(?P<tail>[一二两三四五六七八九])$")


def _exact(text: str) -> float | None:
    match = _YI.match(text)
    if match:
        head = _exact(match["head"])
        return None if head is None else head * 1e8 + chinese_digit(match["tail"]) * 1e7
    if text in {"十", "百", "千", "万", "亿"}:
        return float(_PLACES[text]) if text == "十" else None
    try:
        return float(cn2an.cn2an(text, "smart"))
    except (ValueError, KeyError):
        return None
