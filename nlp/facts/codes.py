"""Fault codes (SRVO-062, E-304, F30001, AL.32, 报警 414, E零三), not order numbers, models or standards."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.domain.understanding import Fact
from nlp.facts.numerals import chinese_digit
from nlp.facts.passage import Passage

_CALL = r"(?:报警|报错|告警|错误|故障|代码|报的?是?|跳|蹦|亮|打[了个]|显示|弹|闪|又是|老是|回回|屏上)"
_CODE = re.compile(
    r"(?<![A-Za-z0-9.#])(?P<code>"
    r"(?:SRVO|ALM|ALARM|Alarm|ERR|Err|ERROR|Error|ORA|FAULT|Fault|Grid Fault|AL|EXP?|SP|SV|PS|OH|OC|OL|OV|LU|EC)[-.:_ ]{0,2}(?:0x)?[0-9][0-9A-Fa-f]{0,5}(?:[-.]\d{1,3})?"
    r"|[A-Z]{1,4}[-.]?\d{1,6}(?:[-.]\d{1,3})?(?![A-Za-z0-9])"
    r"|(?:0x[0-9A-Fa-f]{1,6})"
    r")(?![A-Za-z0-9])"
)
_SURE = re.compile(
    r"^(?:SRVO|ALM|Alarm|ALARM|ERR|Err|ERROR|Error|ORA|FAULT|Fault|Grid)|^(?:AL|E|F|ER|EC)[-.]\d"
)
_BARE = re.compile(
    r"(?:报警|报错|故障码?|错误码?|代码|(?<![汇申填预上通举])报(?:的是|了?个)?)[号码是：: ]{0,3}(?P<code>\d{3,6})(?![\d.]|\s?[万元块台套个件吨%/年月天人次])"
)
_SPOKEN = re.compile(
    r"(?P<letters>[A-Z](?: ?[A-Z]){0,3}) ?(?P<digits>[一二三四五六七八九]?十[一二三四五六七八九]?|[零〇一二三四五六七八九]{1,5})(?![\u4e00-\u9fa5]?[个台号条])"
)
_HEARD = re.compile(
    r"(?<!汇)报(?!价|名|告|销|表|税|关|批)|报警|故障|代码|跳|蹦|亮|错误|回回|屏上|显示|打[个了]|变频器|伺服|驱动器?$"
)
_DIGITS_SAID = re.compile(
    r"(?<![汇申填预上通举])报(?:警|错|的是)?[\u4e00-\u9fa5]{0,4}?(?P<code>[零一二三四五六七八九]{3,4})(?![十百千万点个台回次块])"
)
_NOT_CODE = re.compile(
    r"^(?:IP\d|IPX|ISO|IATF|GB|GMP|CCC|CE\d|Q[1-4]$|H[1-2]$|V\d|T\d$|M\d{1,2}$|R\d|P\d$|U\d$|K\d$|A[0-9]$|5G|4G|DN\d|PE\d|PN\d|ENF|E[01]$|B[12]$|F[0-9]级|PO|SO|HT|DD)"
)
_OTHER_NUMBER = re.compile(
    r"单号|订单|合同号?|货号|型号|发票|批号|编号|料号|工单号|图号|版本|邮编|电话|房号|车牌|快递|项目号|账号|序列号"
)
_MODEL_AFTER = re.compile(
    r"^\s?(?:机器人|机型|型|系列|系统|的?(?:驱动板|机床|主机|注塑机|PLC|老?机器)|版|协议|以上|瓶|料|板|级|条款)"
)
_ASKED = re.compile(r"报什么|报啥|代码|故障码|什么码|报警|什么错")


def read(passage: Passage) -> Iterator[Fact]:
    """Yield `fault_history.fault_code`."""
    seen: set[str] = set()
    for code, start, end in found(passage):
        if code not in seen:
            seen.add(code)
            yield passage.fact("fault_history.fault_code", code, start, end, confidence=0.9)


def found(passage: Passage) -> Iterator[tuple[str, int, int]]:
    """Yield each fault code with its start and end."""
    asked = bool(_ASKED.search(passage.question))
    for match in _CODE.finditer(passage.text):
        if _is_fault(passage, match, asked=asked):
            yield match["code"].strip(), *match.span("code")
    for match in _BARE.finditer(passage.text):
        yield match["code"], *match.span("code")
    for match in _DIGITS_SAID.finditer(passage.text):
        yield "".join(str(int(chinese_digit(sign))) for sign in match["code"]), *match.span("code")
    for match in _SPOKEN.finditer(passage.text):
        if asked or _heard_before(passage, match.start()):
            yield _spelled(match), *match.span()


def _is_fault(passage: Passage, match: re.Match[str], *, asked: bool) -> bool:
    code = match["code"]
    before, after = passage.text[max(0, match.start() - 8) : match.start()], passage.text[match.end() :]
    if _NOT_CODE.match(code) and not re.search(_CALL + r".{0,4}$", before):
        return False
    if _OTHER_NUMBER.search(before) or _MODEL_AFTER.match(after):
        return False
    return (
        bool(_SURE.match(code))
        or asked
        or _heard_before(passage, match.start())
        or bool(re.match(r"\s?(?:报警|故障|错误|又来)", after))
    )


def _heard_before(passage: Passage, position: int) -> bool:
    clause = passage.clause(position)
    window = passage.text[max(clause.start, position - 12) : position]
    return bool(_HEARD.search(window)) and not re.search(r"报价|报了", window)


def _spelled(match: re.Match[str]) -> str:
    letters, digits = match["letters"].replace(" ", ""), match["digits"]
    if "十" in digits:
        tens, _, ones = digits.partition("十")
        return f"{letters}{int(chinese_digit(tens) if tens else 1)}{int(chinese_digit(ones)) if ones else 0}"
    return letters + "".join(str(int(chinese_digit(sign))) for sign in digits)
