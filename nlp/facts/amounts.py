"""Money: the amount of a budget (八十来个, 80w, 3000万左右), and the refusal of one.

Prices, fines and running costs are money too, but no budget: a sum counts only beside a word of
budgeting, or as the answer to the rep's question for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.domain.understanding import Fact
from nlp.facts.numerals import Number
from nlp.facts.passage import Clause, Passage
from nlp.facts.tidy import amount_text, note

_BUDGET = re.compile(
    r"预算|批了|批的|批下来|控制价|拦标价|限价|额度|盘子|封顶|兜里|全包|硬装|给我的数|给的数|[手账卡][里上]还?(?:剩|有|就)|还剩|留的是|总投|"
    r"落下来|授信|经费|心[里理]价|设备包|董事会给|机动|打算.{0,6}搞定|最多提到|设备最多|费用(?:最多|控制)"
)
_PERHAPS = re.compile(
    r"[手账卡]里|手上|账上|就剩|剩了|只剩|拿得出|出得起|能出|动得了|现款|资金|上限|批文|就给了|最多(?:出|到|给|掏|能)|我这儿就|我这边就|只(?:有|能出|给了?)|"
    r"拨款|准备(?:花|投|拿)|打算(?:花|投|拿)|计划(?:花|投)|想投|往里投|框[里内]?|钱(?:从|走|是)|落实"
)
_OTHER = re.compile(
    r"报价|报了|报的|报给|报我|你们报|卖|单价|罚|赔|电费|月供|损失|便宜|贵|[少多][了出花]|工资|返利|返费|提成|押金|保证金|质保金|尾款|注册|签字|奖|前任|"
    r"一个?人一年|[一每](?:吨|支|只|块|张|管|次|回|趟|单|平|斤|个人|个月|天)|利润|营收|产值|销售额|订单|一年.{0,8}的盘子|起步价|单子|货款|应收|外头飘|欠"
)
_ASKED = re.compile(
    r"预算|想投|投多少|盘子|费用.{0,6}多少|多少钱|心里.{0,4}数|大概.{0,4}数|什么价位|哪个数|出多少|能出"
)
_UNIT = re.compile(
    r"^\s?(?P<unit>万?(?:元|块钱?|美元|美金|刀)|个(?=[，。,；;、！!?？ ]|$|左右|上下|就|吧|嘛)|万)?"
)
_FOREIGN = re.compile(r"美元|美金|刀")
_NOT_MONEY = re.compile(
    r"^\s?(?:个?(?:月|人|点)|年|天|号|台|套|条|次|回|趟|小时|分钟|秒|%|度|米|公斤|吨|岁|成|家|平|期|名|位|份|单|箱|件|瓶|多?个?人|mm|kg|周|楼|层|轴|寸|点|班|"
    r"道|颗|副|亩|辆|间|床|瓦|转|级|[A-Za-z]|月|日|:|：|\d|/)"
)
_DENIED = re.compile(r"(?:不是|没有|哪有|不止|别说|又不是|不可能)\s?$")
_CAP = re.compile(r"^[万元块个]{0,2}(?:封顶|以内|之内|以下|打死|为限)")
_CAPPED = re.compile(r"(?:不(?:能)?超过|别超过?|最高|上限|卡在|≤)\s?$")
_REFUSED = re.compile(
    r"(?:今年|明年|眼下|现在|目前|这块|这一栏)?(?:压根|根本|真|都|也|还|确实|反正)?(?:没有?|无)(?:这[个块笔]|设备|啥|什么|多余|这方面的?)?预算"
    r"|预算.{0,6}(?:砍|冻结|取消|收回|花[完光]|用[完光]|没了|没批|是零|为零|紧张)|零预算|没列预算|预算没(?:有|批|下来)"
)


def read(passage: Passage) -> Iterator[Fact]:
    """Yield `budget.amount` and, for a refusal, `budget.approval`."""
    asked = bool(_ASKED.search(passage.question))
    previous = False
    for place, clause in enumerate(passage.clauses):
        refusal = _REFUSED.search(clause.text)
        if refusal:
            start = clause.start + refusal.start()
            yield passage.fact(
                "budget.approval", note(clause.text), start, clause.start + refusal.end(), confidence=0.9
            )
        cue, perhaps = _BUDGET.search(clause.text), _PERHAPS.search(clause.text)
        answers = asked and place == 0
        money = [
            n
            for n in passage.numbers_in(clause)
            if _is_money(passage, n, expected=bool(cue) or previous or answers)
        ]
        beside = cue or perhaps or previous or (asked and place < 2)
        if money and not refusal and beside and not _OTHER.search(clause.text):
            yield from _amounts(passage, clause, money, cued=bool(cue))
        previous = bool(cue or perhaps) and not money and not refusal


def _is_money(passage: Passage, number: Number, *, expected: bool) -> bool:
    if passage.questioned(number):
        return False
    after = passage.text[number.end : number.end + 4]
    before = passage.text[max(0, number.start - 3) : number.start]
    if number.ratio or _DENIED.search(before) or re.search(r"[A-Za-z第年月]$", before):
        return False
    unit = _UNIT.match(after)
    named = (bool(unit and unit["unit"]) and number.low >= 5) or number.scaled
    if number.scaled and _NOT_MONEY.match(after):
        return False
    return named or (expected and number.low >= 5 and not _NOT_MONEY.match(after))


def _amounts(passage: Passage, clause: Clause, money: list[Number], *, cued: bool) -> Iterator[Fact]:
    number = max(money, key=lambda n: (_in_wan(passage, n), n.start)) if cued else money[-1]
    after = passage.text[number.end :]
    unit = _UNIT.match(after)
    end = number.end + (unit.end() if unit else 0)
    wan = _in_wan(passage, number)
    currency = "万美元" if _FOREIGN.search(after[:3]) else "万"
    shown = number.shown(number.low / wan if wan else 1)
    capped = _CAP.match(after) or _CAPPED.search(passage.text[clause.start : number.start])
    value = f"{'≤' if capped else ''}{amount_text(number) if number.mark == '几' else shown + currency}"
    value += {"多": "多", "余": "多", "左右": "左右"}.get(number.mark, "")
    start = number.start
    yield passage.fact(
        "budget.amount", value, start, end, number=float(shown.split("-")[-1]), unit=currency,
        comparator="≤" if capped else None, confidence=0.9 if cued else 0.75,
    )  # fmt: skip


def _in_wan(passage: Passage, number: Number) -> float:
    """Return the sum in 万. Without a unit people mean 万 (批了六百五); with 元 or 块 they mean 元."""
    after = passage.text[number.end : number.end + 3]
    if number.scaled or number.low >= 10_000 or re.match(r"\s?(?:元|块)", after):
        return number.low / 10_000
    return number.low
