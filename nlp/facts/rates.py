"""How often, how long, how fast, how much: frequency, downtime, takt and volume."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.domain.understanding import Fact
from nlp.facts import numerals
from nlp.facts.numerals import Number
from nlp.facts.passage import Clause, Passage
from nlp.facts.tidy import amount_text

_PERIODS = {
    "天": "天", "日": "天", "晚上": "晚", "晚": "晚", "周": "周", "礼拜": "周", "星期": "周", "个礼拜": "周", "个星期": "周", "个月": "月", "月": "月", "年": "年",
    "个班": "班", "班": "班", "小时": "小时", "个小时": "小时", "个钟头": "小时", "钟头": "小时", "分钟": "分钟", "分中": "分钟",
    "季度": "季度", "个季度": "季度", "季": "季",
}  # fmt: skip
_PERIOD = "|".join(sorted(_PERIODS, key=len, reverse=True))
_EVERY = re.compile(rf"(?:一|每|每一|1)(?P<unit>{_PERIOD})(?!半|[十百多])")
_WHEN = re.compile(
    r"上上?个?(?:周|礼拜|月)|这个?(?:周|礼拜|月)|本[周月]|上半年|下半年|去年(?:夏天|冬天)?|今年|上午|半个?月|昨[天晚]|清明到现在|最近"
)
_TIMES = re.compile(r"^\s?(?:次|回|趟|遍)(?!数)")
_NTH = re.compile(r"第$")
_STOP = re.compile(r"停|歇|坏|跳|报|卡|堵|断|死机|重启|掉|趴|困|错|亮|故障|漏|锁|黑|罚|脱网|蹦|出")
_DURATION = re.compile(
    r"^(?P<half>个?半)?(?P<unit>个?(?:小时|钟头|钟)|分钟?|分中|秒钟?|天半?|个?(?:礼拜|星期)|周|个月|年)(?P<after>半)?(?![\d号份前])"
)
_UNITS = {"钟头": "小时", "钟": "小时", "小时": "小时", "分": "分钟", "分钟": "分钟", "分中": "分钟", "秒": "秒", "秒钟": "秒",
          "天": "天", "天半": "天", "礼拜": "周", "星期": "周", "周": "周", "月": "个月", "年": "年"}  # fmt: skip
_DOWN = re.compile(r"停|歇|趴|修|断电重来|重启|恢复|坏|等(?:件|人|了|一回|修|你们)|拖|抢|拆|没了|晾|脱网|瘫")
_EACH = re.compile(r"[一每]?[次回趟]|一[停修蹦歇脱拆等]|每回|每次")
_ASK_OFTEN = re.compile(r"几[回次趟]|多久一[次回]|频率|多长时间一[次回]|多久.{0,3}[一]?回|常[不出]")
_ASK_DOWN = re.compile(r"停多久|停了多久|多长时间|修多久|多久.{0,3}恢复|停多长|要多久")
_ASK_VOLUME = re.compile(
    r"多少[单件台套吨亩管箱瓶人把间辆]|几条线|日产|产量|产能|一天.{0,4}(?:多少|几)|规模|多大|几[家台条]"
)
_PIECE = r"(?:件|台|套|副|块|个|只|板|炉|模|张|份|根|束|人|瓶|箱|挂|单|盘|袋|条|轮|颗)"
_PER_PIECE = re.compile(rf"(?:一|每|1)(?P<piece>{_PIECE})[\u4e00-\u9fa5]{{0,6}}?$")
_PIECE_AFTER = re.compile(rf"^(?:半)?(?:一|每|1|/)?(?P<piece>{_PIECE})(?![月人])")
_STATION = re.compile(r"[\u4e00-\u9fa5]{1,4}(?:站|工位|工序|那道|那段)(?:要|得)?[\u4e00-\u9fa5]{0,2}$")
_ASK_TAKT = re.compile(r"最慢|瓶颈|节拍.{0,4}多少|现在.{0,6}节拍|哪个工位|几秒")
_VOLUME_UNIT = re.compile(
    r"^(?P<unit>条(?:SMT|产|生产|灌装|绕嵌|老|新)?线|家(?:店|门店|分院|酒店|客户)|个(?:店|网点|点位|站|仓|厂|大区|车间|院区|货位)|号店|台(?:车|机器|设备)?|"
    r"(?:万)?(?:件|台|套|吨|副|单|箱|瓶|管|亩|平米?|间房|间|床|户|支|公斤|只|辆|点|只表|盘|份|束|票))(?!半)"
)
_RUN = re.compile(
    r"日产|月产|年产|产能|产量|[干做出跑烘洗扫割装]到?|销|处理|一共|总共|拢共|现在|平时|平日|旺季|大促"
)


def read(passage: Passage) -> Iterator[Fact]:
    """Yield frequency, downtime, takt and volume; the weak ones with a low confidence."""
    for clause in passage.clauses:
        yield from _half(passage, clause)
        for number in passage.numbers_in(clause):
            if not number.ratio and not _counts_period(passage, number):
                yield from _read_number(passage, clause, number)
    yield from _now_and_then(passage)


_VAGUE = re.compile(r"隔三差五|三天两头|隔几天|天天(?=[停报趴坏跳死断])")
_ONE_IN = re.compile(
    r"(?P<n>(?<![A-Za-z\d\-.])\d+|[两三四五六七八九十半俩仨]+)个?(?P<unit>天|周|礼拜|月)(?:就|得|要)?(?:一(?:次|回|趟|[亮停坏跳报修换])|(?:就)(?:松|坏|断|漏))"
)


def _now_and_then(passage: Passage) -> Iterator[Fact]:
    """Yield what happens now and then (隔三差五) or once in a span (三天一亮)."""
    sure = 0.8 if re.search(r"[A-Z]{1,4}[- ]?\d|报警|故障", passage.text) else 0.6
    match = _VAGUE.search(passage.text)
    if match and _STOP.search(passage.clause(match.start()).text):
        yield passage.fact("fault_history.frequency", match[0], *match.span(), confidence=sure)
    once = _ONE_IN.search(passage.text)
    if once:
        unit = {"礼拜": "周", "月": "个月"}.get(once["unit"], once["unit"])
        span = numerals.chinese(once["n"])
        count = "半" if once["n"] == "半" else numerals.plain_number(span[0]) if span else once["n"]
        yield passage.fact(
            "fault_history.frequency",
            f"{count}{unit}1次",
            *once.span(),
            number=1.0,
            unit=f"次/{count}{unit}",
            confidence=sure,
        )


_HALF = re.compile(r"(?<![一两三四五六七八九十\d个天])半个?(?P<unit>小时|钟头|天)")


def _counts_period(passage: Passage, number: Number) -> bool:
    """Return whether this is only the 一 of 一天停三回."""
    return number.low == number.high == 1 and bool(_EVERY.match(passage.text, number.start))


def _half(passage: Passage, clause: Clause) -> Iterator[Fact]:
    match = _HALF.search(clause.text)
    asked = bool(_ASK_DOWN.search(passage.question))
    if match and (asked or _DOWN.search(clause.text) or _EACH.search(clause.text)):
        start, end = clause.start + match.start(), clause.start + match.end()
        each = "/次" if asked or _EACH.search(clause.text) else ""
        day = match["unit"] == "天"
        value = f"{'约' if passage.hedged(start, end) else ''}{'半天' if day else '30分钟'}{each}"
        yield passage.fact("fault_history.downtime", value, start, end, number=0.5 if day else 30.0, unit="天" if day else "分钟",
                           confidence=0.8 if asked else 0.55)  # fmt: skip


def _read_number(passage: Passage, clause: Clause, number: Number) -> Iterator[Fact]:
    after = passage.text[number.end : clause.end]
    if _TIMES.match(after):
        yield from _frequency(passage, clause, number)
        return
    duration = _DURATION.match(after)
    if duration:
        yield from _duration(passage, clause, number, duration)
        return
    yield from _volume(passage, clause, number)


def _period(passage: Passage, clause: Clause, number: Number) -> tuple[str, int] | None:
    """Return the period said nearest before a number, and where it starts."""
    window = passage.text[clause.start : number.start]
    best = max(_EVERY.finditer(window), key=lambda m: m.start(), default=None)
    return (_PERIODS[best["unit"]], clause.start + best.start()) if best else None


def _frequency(passage: Passage, clause: Clause, number: Number) -> Iterator[Fact]:
    if number.low == number.high == 1 and not _STOP.search(clause.text):
        return
    asked = bool(_ASK_OFTEN.search(passage.question))
    window = passage.text[clause.start : number.start]
    times = re.sub(r"几$", "几", amount_text(number)) + "次"
    period, when = (
        _period(passage, clause, number),
        max(_WHEN.finditer(window), key=lambda m: m.start(), default=None),
    )
    start, end = number.start, number.end + 1
    if period:
        value, start = f"{times}/{period[0]}", period[1]
    elif when:
        value, start = f"{_when(when[0])}{times}", clause.start + when.start()
    elif asked:
        value = times + _asked_period(passage.question)
    else:
        return
    fault = bool(_STOP.search(clause.text)) or asked
    yield passage.fact(
        "fault_history.frequency", value, start, end, number=number.high, unit="次/" + (period[0] if period else ""),
        confidence=0.85 if fault else 0.6 if re.search(r"[A-Z]{1,4}[- ]?\d", passage.text) else 0.4,
    )  # fmt: skip


def _when(text: str) -> str:
    return (
        text.replace("上个月", "上月")
        .replace("这个月", "本月")
        .replace("礼拜", "周")
        .replace("半个月", "半月")
    )


def _asked_period(question: str) -> str:
    match = re.search(rf"(?:一|每)?个?(?P<unit>{_PERIOD}).{{0,6}}几[回次趟]", question)
    return f"/{_PERIODS[match['unit']]}" if match else ""


def _duration(passage: Passage, clause: Clause, number: Number, match: re.Match[str]) -> Iterator[Fact]:
    unit = _UNITS.get(match["unit"].lstrip("个"), match["unit"])
    half = bool(match["half"] or match["after"]) or match["unit"].endswith("半")
    low, high = number.low + half * 0.5, number.high + half * 0.5
    shown = amount_text(number) if not half else f"{low:g}" if low == high else f"{low:g}-{high:g}"
    end = number.end + match.end()
    before = passage.text[clause.start : number.start]
    yield from _takt(passage, clause, number, (shown, unit, end))
    each = bool(_EACH.search(before)) or bool(re.match(r"一?[次回]", passage.text[end:]))
    asked = bool(_ASK_DOWN.search(passage.question))
    stands = re.search(r"(?:停|趴|歇|瘫|晾)(?:了|机了?)?$|停机$", before)
    if (_DOWN.search(clause.text) or asked) and unit != "年":
        value = f"{'约' if passage.hedged(number.start, end) else ''}{shown}{unit}{'/次' if each else ''}"
        yield passage.fact(
            "fault_history.downtime",
            value,
            number.start,
            end,
            number=high,
            unit=unit,
            confidence=0.8 if asked else 0.75 if stands else 0.5,
        )


def _takt(passage: Passage, clause: Clause, number: Number, said: tuple[str, str, int]) -> Iterator[Fact]:
    shown, unit, end = said
    if unit not in {"秒", "分钟", "小时"}:
        return
    before = _PER_PIECE.search(passage.text[clause.start : number.start])
    after = _PIECE_AFTER.match(passage.text[end : clause.end])
    piece = before or after
    station = _STATION.search(passage.text[clause.start : number.start])
    if not piece and unit == "秒" and (station or _ASK_TAKT.search(passage.question)):
        start = clause.start + station.start() if station else number.start
        yield passage.fact(
            "bottleneck.takt", f"{shown}{unit}", start, end, number=number.high, unit=unit, confidence=0.72
        )
    if piece:
        start = clause.start + before.start() if before else number.start
        stop = end if before else end + (after.end() if after else 0)
        yield passage.fact(
            "bottleneck.takt", f"{shown}{unit}/{piece['piece']}", start, stop, number=number.high,
            unit=f"{unit}/{piece['piece']}", confidence=0.7,
        )  # fmt: skip


def _asked_unit(question: str) -> str:
    match = re.search(
        r"多少(?P<unit>人|单|件|台|套|吨|亩|管|箱|瓶|把|间|辆|家|户)|几(?P<line>条线|台|家)", question
    )
    return (match["unit"] or match["line"]) if match else ""


def _volume(passage: Passage, clause: Clause, number: Number) -> Iterator[Fact]:
    match = _VOLUME_UNIT.match(passage.text[number.end : clause.end])
    period = _period(passage, clause, number)
    after_period = re.match(
        r"^[\u4e00-\u9fa5]{0,3}?一?(?P<unit>天|晚上|个?月|年|小时)",
        passage.text[number.end + (match.end() if match else 0) :],
    )
    first = clause.start == passage.clauses[0].start
    asked = _ASK_VOLUME.search(passage.question) if first and number.low >= 2 else None
    if number.high == 1 or re.match(
        r"点(?!\d)|成|[块元]|个(?:人|甲方)?月|%|半", passage.text[number.end : clause.end]
    ):
        return
    per = period[0] if period else _PERIODS[after_period["unit"]] if after_period and match else ""
    if not match and not (asked or period):
        return
    unit = match["unit"] if match else _asked_unit(passage.question) if asked else ""
    shown = amount_text(number)
    if not unit and number.low < 20:
        return
    value = f"{shown}{unit}{'/' + per if per else ''}"
    start = period[1] if period else number.start
    strong = (
        bool(per and _RUN.search(clause.text))
        or bool(asked)
        or bool(match and match["unit"][0] in "条家" and number.low > 1)
    )
    yield passage.fact(
        "current_state.volume", value, start, number.end + (match.end() if match else 0), number=number.high,
        unit=f"{unit}{'/' + per if per else ''}", confidence=0.75 if strong else 0.45,
    )  # fmt: skip
