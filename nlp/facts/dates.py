"""Times of a deal: kept as said but tidied (下个月中旬, 年底前), with the last day they can mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from bot.domain.understanding import Fact
from nlp.facts import calendar_words
from nlp.facts.numerals import chinese, plain_number
from nlp.facts.passage import Clause, Passage
from nlp.facts.tidy import in_figures

_N = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_RELATIVE = r"(?:今年|明年|后年|大后年|本年|(?:本|这个?|下下个?|下个?)(?:月|周|礼拜|星期|季度))"
_MONTH = (
    r"(?:(?<![\d一二三四五六七八九十])(?:1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])月份?|腊月|正月)"
    r"(?:(?:\d{1,2}|[一二三四五六七八九十]{1,3})[号日]|[二三]?十[一二三四五六七八九]?(?![个点月万台条件%天多几来]))?"
)
_PART = r"(?:上旬|中旬|下旬|月?初|月?中(?![间心标午小学国秋])|月?底|月?末)"
_FEAST = r"(?:春节|过年|元旦|五一|端午|国庆节?|十一(?=前|之前|后|长假|黄金)|中秋节?|双十[一二]|双1[12]|黑五|618|开春|入冬|立冬|开学|暑假|寒假|春运|圣诞|母亲节|情人节)"
_SEASON = r"(?:上半年|下半年|(?<![\d一二三四五六七八九十几百多半])年[底末中初前后]|月底|月末|月初|月中|季度末|季末|下学期|上学期|旺季|淡季|Q[1-4]|[一二三四1-4]季度|第[一二三四]季度)"
_TAIL = r"(?:之前|以前|前(?![年天些头面道后两几阵段]|一)|之后|以后|后(?![面头段续来年天])|左右|内|以内|之内)?"
_WEEKDAY = r"(?:(?:这|下|下下|本)?(?:个)?(?:周|礼拜|星期)[一二三四五六日天](?![次回天周批班台条家]))"
_SPAN = (
    rf"(?:(?<![每第前])(?:{_N}|半|俩|仨|两|几|十几)个?(?:多)?(?:天|周|礼拜|个?月|年|季度)(?:之内|以内|内|里|之后|以后|后)"
    rf"|(?<=限)(?:{_N}|俩|仨|两)(?:个月|天|周|年)|(?:{_N}|俩|仨|两)(?:个?月|天|周|礼拜)(?=就要)|(?<=[试跑住])(?:用|点|行)?(?:{_N}|半|俩|仨|两)个?(?:月|天|周|礼拜|年))"
)
_DATE = re.compile(
    rf"(?P<span>{_SPAN})"
    rf"|(?P<date>(?:{_RELATIVE}的?)?(?:{_FEAST}|{_SEASON}|{_MONTH}{_PART}?|{_WEEKDAY}|{_PART}(?=[前要必得之交用])|(?<![\d第一二三四五六七八九十])\d{{1,2}}[号日](?=[前之要必得报交开])"
    rf"|{_N}号前)(?:{_PART})?{_TAIL}|{_RELATIVE}(?:{_PART})?{_TAIL})"
)
_PAST = re.compile(
    r"去年|前年|上个?(?:月|周|礼拜)|昨天|刚|当时|之前用|那年|往年|[12]\d{3}年|年来|以前|(?<!得)过了|从来|每年|装的|买的"
)
_BY = re.compile(
    r"前$|内$|里$|之前|最晚|最迟|截止|必须|一定要|就要|务必|得(?!到|了)|死任务|写死|不能晚|别晚|晚一天"
)
_EVENT = re.compile(
    r"验收|上线|投产|投用|开业|交付|交货|装完|装好|达产|竣工|评审|检查|审核|来审|看厂|来看|挂网|开标|招完|搬|启用|用起来|用上|点火|进场|开机|换完|"
    r"花[完出]|收回|交(?!期|给)|送样|上船|到货|定下来|落定|出(?:样|数|结果)|开学|交房|述职|参观|提款|整改|改完|认证|铺完|到期|SOP|发货|报到|断$"
)
_AWAIT = re.compile(r"等|再(?:说|来|谈|动|看|上|定)|之后|以后|后$|才(?:来|有|能|开|交|拆)|别急")
_ASK_BY = re.compile(
    r"(?:什么|啥)时候(?:要|用|上|装|完|能用|投|交)|最晚|几号(?:要|前)|多久(?:完工|要|用)|截止|期限|工期|完工"
)
_ASK_WHEN = re.compile(r"什么时候|啥时候|几月|几号|哪天|多久|何时|时间|排到")
_IDLE = re.compile(
    r"今年|明年|这个?月|本月|这周|本周|旺季|淡季|上半年|下半年|周[一二三四五六日]|.{1,3}天后|.{1,3}年后"
)


def read(passage: Passage) -> Iterator[Fact]:
    """Yield `timeline.deadline` and `timeline.window`; a bare 今年 or 明年 with a low confidence."""
    asked_by, asked_when = _ASK_BY.search(passage.question), _ASK_WHEN.search(passage.question)
    for clause in passage.clauses:
        if _PAST.search(clause.text) and not re.search(r"下|明年|年底|必须|最晚", clause.text):
            continue
        for match in _DATE.finditer(clause.text):
            yield from _place(passage, clause, match, (bool(asked_by), bool(asked_when)))


def _place(
    passage: Passage, clause: Clause, match: re.Match[str], asked: tuple[bool, bool]
) -> Iterator[Fact]:
    said = match[0]
    if said in {"", "后", "前"} or re.search(r"(?:去|前|上|每|当)$", clause.text[: match.start()]):
        return
    rest = clause.text[match.end() :]
    due = (
        bool(_BY.search(said)) or bool(_BY.search(clause.text)) or bool(_EVENT.search(rest[:10])) or asked[0]
    )
    slot = "deadline" if due and not _AWAIT.search(clause.text) else "window"
    confidence = 0.85 if slot == "deadline" and (_BY.search(said) or _EVENT.search(rest[:10])) else 0.65
    if any(asked):
        confidence = max(confidence, 0.75)
    elif _IDLE.fullmatch(said):
        confidence = 0.45
    start = clause.start + match.start()
    resolved = calendar_words.last_day(said, passage.at) if passage.at else None
    yield passage.fact(
        f"timeline.{slot}", _value(said, rest), start, clause.start + match.end(),
        date=resolved.isoformat() if isinstance(resolved, date) else None, confidence=confidence,
    )  # fmt: skip


def _value(said: str, rest: str) -> str:
    """Return the time with the event that stands right behind it: 年底前招完, 8月20日前开机."""
    time = said if re.search(_FEAST, said) else in_figures(said)
    time = time.replace("礼拜", "周").replace("月份", "月")
    time = re.sub(r"[一二三四五六七八九十]+(?=[月号日季])", _figure, time)
    time = re.sub(r"(\d)号", r"\1日", time)
    event = _EVENT.search(rest[:12])
    return time + event[0] if event else time


def _figure(match: re.Match[str]) -> str:
    pair = chinese(match[0])
    return plain_number(pair[0]) if pair else match[0]
