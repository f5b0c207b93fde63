"""Technical parameters: a name, a comparator, a number and a unit (节拍≤45秒, 精度±0.02mm, IP67)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.domain.understanding import Fact
from nlp.facts.numerals import Number, plain_number
from nlp.facts.passage import Clause, Passage

_UNITS = {
    "秒": "秒", "s": "秒", "S": "秒", "分钟": "分钟", "分中": "分钟", "min": "分钟", "毫秒": "毫秒", "ms": "ms", "毫米": "毫米", "mm": "mm",
    "个丝": "丝", "丝": "丝", "微米": "μm", "um": "μm", "μm": "μm", "个μ": "μm", "厘米": "cm", "公分": "cm", "cm": "cm", "米": "米", "m": "米",
    "度": "℃", "℃": "℃", "°C": "℃", "摄氏度": "℃", "公斤": "kg", "kg": "kg", "KG": "kg", "千克": "kg", "吨": "吨", "克": "克", "毫克": "毫克",
    "dB": "dB", "分贝": "dB", "%": "%", "个点": "%", "伏": "V", "V": "V", "千瓦": "kW", "kW": "kW", "KW": "kW", "兆帕": "MPa", "MPa": "MPa",
    "公斤压力": "kg", "rpm": "rpm", "转": "转", "纳米": "nm", "nm": "nm", "Hz": "Hz", "赫兹": "Hz", "排": "排", "兆": "兆", "个G": "G",
    "小时": "小时", "个小时": "小时", "钟头": "小时", "个钟头": "小时", "天": "天", "年": "年", "个月": "个月", "次": "次", "倍": "倍", "级": "级", "万次": "万次",
    "Nm": "Nm", "N": "N", "流明": "流明", "勒克斯": "lx", "dpi": "dpi", "万像素": "万像素", "bar": "bar", "升": "L", "L": "L",
    "目": "目", "平": "平", "寸": "寸", "成": "成", "把": "把", "轴": "轴", "工位": "工位", "站": "站", "路": "路", "位": "位", "点": "点",
}  # fmt: skip
_UNIT = re.compile(
    r"^\s?(?:多)?(?P<unit>"
    + "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
    + r")(?![A-Za-z])"
)
_MOST = re.compile(
    r"(?:(?:不(?:能|许|得|要|可)?|别)(?:超过?|大于|高于|多于|长于|过)|(?<![不能许得要可])(?:小于|低于|少于)|至多|最多|最大|顶多|控制(?:在|到)|压到|卡在|≤|<=?)[了是到个]?\s?$"
)
_LEAST = re.compile(
    r"(?:不(?:能|得|许|要|可)?(?:低于|少于|小于|短于)|至少|最少|起码|最低|(?<![不能许得要可])(?:大于|高于)|≥|>=?|达到|做到|得有|要到|能到|留够|扛得住|扛住|连跑)[了是要得个]?\s?$"
)
_MOST_AFTER = re.compile(r"^(?:以内|之内|以下|之下|内|封顶|里头?|打死)")
_LEAST_AFTER = re.compile(r"^(?:以上|之上|往上|起步?|打底)")
_EITHER = re.compile(r"(?:正负|±|\+/-|上下)\s?$")
_NAMES = (
    "节拍|重复定位精度|定位精度|精度|公差|误差|温度|温升|库温|湿度|压力|气压|转速|线速|速度|噪音|噪声|行程|负载|载重|承重|重量|流量|功率|电压|"
    "功耗|扬程|口径|直径|孔径|壁厚|厚度|膜厚|熔深|宽幅|幅宽|长度|高度|净高|宽度|深度|跨度|臂展|圆度|平面度|粗糙度|光洁度|硬度|浓度|含水率?|"
    "甲醛|洁净度|防护等级|合格率|良率|良品率|准确率|识别率|漏检率|误报率|破损率|错配率|不良率|响应时间?|延迟|并发|换型时间?|换型|换模|产能|分辨率|"
    "像素|视野|景深|视距|续航|寿命|停机时间?|质保|存储|保存|备份|间距|容量|吨位|锁模力|射胶量|工位数?|排数|轴数|刀位|层高|坡度|真空度|露点|PM2.5|COD|PPM|PUE|扭矩|同轴度|回温|残留|到场|打样|出样|国产化率|[\u4e00-\u9fa5]{1,3}率"
)
_NAME = re.compile(rf"(?P<name>[\u4e00-\u9fa5A-Za-z]{{0,3}}?(?:{_NAMES}))(?!员|长)")
_NEED = re.compile(
    r"要|得|必须|能不能|以内|之内|以下|以上|起步|往上|不超|别超|别过|不能|不低于|不少于|至少|起码|封顶|图纸|标准|≤|≥|±|正负|达到|保证|卡死|没得商量|硬"
)
_GRADES = re.compile(
    r"(?P<grade>IP\s?[0-6][0-9](?!\d)|(?<!没)(?:等保)[二三四23]级|(?:ENF|E0|P[45])级?(?=的|[，。,]|$|级)|(?:百|千|万|十万)级(?=洁净|无尘|净化|车间|的))"
)
_QUIET = re.compile(
    r"从[\d一二三四五六七八九十百千.点]+|一[次回天]停|报价|预算|工资|块钱|人[等站]|罚|堵|老板|现在(?:才|只|得|都|就)|目前|去年|上次|电费|账期"
)
_ASKED = re.compile(
    r"要求|参数|指标|节拍|精度|几度|多少(?:度|秒|毫米|公斤|转|把|寸)|规格|控制在|转速|尺寸|多[大高长宽厚重快]"
)
_BARE = re.compile(r"^[\s的]*(?:$|[，。,；;！!吧嘛]|过不了|才行)")


def read(passage: Passage) -> Iterator[Fact]:
    """Yield `tech_requirements.parameter` with comparator, number and unit."""
    for match in _GRADES.finditer(passage.text):
        grade = match["grade"].replace(" ", "")
        value = f"防护等级{grade}" if grade.startswith("IP") else grade
        digits = re.search(r"\d+", grade)
        yield passage.fact("tech_requirements.parameter", value, *match.span(), confidence=0.85, comparator="=",
                           number=float(digits[0]) if digits else None, unit="级" if "级" in grade else None)  # fmt: skip
    asked = bool(_ASKED.search(passage.question))
    for place, clause in enumerate(passage.clauses):
        for number in passage.numbers_in(clause):
            found = _parameter(passage, clause, number, asked=asked and place == 0)
            if found:
                yield found


def _parameter(passage: Passage, clause: Clause, number: Number, *, asked: bool) -> Fact | None:
    if passage.questioned(number):
        return None
    before = passage.text[clause.start : number.start]
    unit = _UNIT.match(passage.text[number.end : clause.end])
    end = number.end + (unit.end() if unit else 0)
    after = passage.text[end : clause.end]
    comparator = _comparator(before, after)
    name = (
        _name(before)
        or (_name(after[2:12]) if comparator else "")
        or (_name(passage.question) if asked else "")
    )
    plain = number.ratio or unit or (asked and _BARE.match(after)) or (name and comparator)
    if not plain or (not comparator and not (name and (_NEED.search(clause.text) or asked))):
        return None
    if _QUIET.search(clause.text) and not asked:
        return None
    if not name and not (comparator and unit and _NEED.search(before + after)):
        return None
    sign = comparator or "="
    measure = (
        "%"
        if number.ratio
        else _UNITS[unit["unit"]]
        if unit
        else _asked_unit(passage.question)
        if asked
        else ""
    )
    start = clause.start + before.rfind(name) if name and name in before else number.start
    stop = end + len((_MOST_AFTER.match(after) or _LEAST_AFTER.match(after) or re.match("", after))[0])  # type: ignore[index]
    below = "-" if re.search(r"零下\s?$|负\s?$", before) and sign != "±" else ""
    figure = number.shown()
    value = f"{name}{sign if comparator else ''}{below}{figure}{measure}"
    alone = bool(comparator and unit) and len(clause.text) <= 12
    strength = 0.85 if name and comparator else 0.72 if alone or asked or (name and unit) else 0.5
    bound = number.high if sign == "≤" else number.low
    return passage.fact("tech_requirements.parameter", value, start, stop, comparator=sign,
                        number=float(below + plain_number(bound)), unit=measure or None, confidence=strength)  # fmt: skip


def _comparator(before: str, after: str) -> str:
    if _EITHER.search(before):
        return "±"
    if _MOST.search(before) or _MOST_AFTER.match(after):
        return "≤"
    if _LEAST.search(before) or _LEAST_AFTER.match(after):
        return "≥"
    return ""


def _name(text: str) -> str:
    found = [m["name"] for m in _NAME.finditer(text)]
    return (
        re.split(r"[的了是把那这个每我你他们得要就和跟到条线给过吧呢嘛]|现在|要求|今年", found[-1])[-1]
        if found
        else ""
    )


def _asked_unit(question: str) -> str:
    return next(
        (_UNITS[u] for u in ("秒", "分钟", "mm", "毫米", "公斤", "kg", "转") if u in question),
        "℃" if "几度" in question else "",
    )
