"""Words of a message as an experienced rep would note them: short, Arabic numerals, no fillers."""

from __future__ import annotations

import re

from nlp.facts import numerals
from nlp.facts.numerals import Number, plain_number

_MEASURE = (
    r"(?:个(?!人看法)|人|名|位|号人|台|套|条|件|只|把|张|份|副|吨|公斤|斤|克|米|公里|平|间|家|辆|次|回|趟|遍|天|周|礼拜|个?月|年|岁|"
    r"小时|钟头|分钟|分中|秒|点|万|千|元|块|毛|度|%|成|倍|层|级|箱|瓶|袋|管|单|亩|床|步|轮|颗|道|班)"
)
_COUNTED = re.compile(_MEASURE)
_FILLER = re.compile(
    r"^(?:(?:那个|这个|就是说|就是|然后|其实|反正|但是|不过|而且|所以|因为|另外|还有|对|嗯|呃|哎|哦|啊|喂|好|行|是|那|说实话|实话讲|"
    r"跟你说|你看|我说|毕竟|主要是|主要|关键是|关键|我们那个|我们这边|我们这|我们|我这边|我这儿|我这|我们家|咱们|咱)[，,\s]*)+"
)
_PARTICLE = re.compile(r"[吧呢啊呀嘛哈哦哟喽啦嘞的了]+$")
_INNER = re.compile(
    r"嘛|呢|啊|呀|那个(?=[^月])|就是说|的话|(?<=[\u4e00-\u9fa5])(?:给我|你得|我们|咱们)(?=[\u4e00-\u9fa5])"
)
_SPOKEN = (
    ("俩钟头", "2小时"),
    ("钟头", "小时"),
    ("分中", "分钟"),
    ("礼拜", "周"),
    ("仨", "3个"),
    ("俩", "2个"),
)
_SLOP = re.compile(r"\[[^\]]{1,4}\]|[\s“”\"]+")


def amount_text(number: Number) -> str:
    """Return a number as noted: 80, 3-4, 100多, 20多万, 几十万."""
    if number.ratio:
        return plain_number(number.low) + "%"
    if number.mark == "几":
        tens = {
            "20": "几十",
            "200": "几百",
            "2000": "几千",
            "20000": "几万",
            "200000": "几十万",
            "2000000": "几百万",
        }
        return tens.get(plain_number(number.low), plain_number(number.low))
    divisor, unit = (
        (1e8, "亿")
        if number.low >= 1e8
        else (1e4, "万")
        if number.scaled and number.low >= 1e4
        else (1.0, "")
    )
    mark = number.mark if number.mark in {"多", "余"} else ""
    return f"{number.shown(divisor)}{mark}{unit}"


def in_figures(text: str) -> str:
    """Return the text with the numerals that count something in Arabic figures."""
    parts, position = [], 0
    for number in numerals.find(text):
        if number.start < position or not _counts(text, number):
            continue
        parts += [text[position : number.start], amount_text(number)]
        position = number.end
    return "".join([*parts, text[position:]])


def _counts(text: str, number: Number) -> bool:
    written = text[number.start : number.end]
    if text[: number.start].endswith("第"):
        return False
    if number.ratio or re.search(r"\d", written):
        return number.ratio or bool(re.search(r"[^\d.,]", written))
    if len(written) > 1:
        return True
    return written != "一" and bool(_COUNTED.match(text, number.end))


def note(text: str, limit: int = 24) -> str:
    """Return a clause as a short note: fillers and particles gone, numerals in figures, trimmed."""
    text = _SLOP.sub("", text)
    text = _FILLER.sub("", text)
    text = _INNER.sub("", text)
    for spoken, written in _SPOKEN:
        text = text.replace(spoken, written)
    text = _PARTICLE.sub("", in_figures(text).strip("，。、；：！？,.;:!? "))
    return text[:limit]
