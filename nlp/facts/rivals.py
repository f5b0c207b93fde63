"""Other suppliers: known by the alias table, or named by the way they are spoken of (X家报价, 在谈的还有X)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import yaml

from bot.domain.understanding import Fact
from nlp.facts.passage import Passage

_NAME = r"[\u4e00-\u9fa5A-Za-z]{2,6}?"
_BARRED = re.compile(
    r"^(?:我们?|你们?|他们?|她们?|它|人家|别[家人的]|哪|那|这|几|两|三|一|另|原|上|前|后|之|现|还|都|就|也|不|没|有|是|的|了|在|说|给|报|比|跟|和|客户|厂|老板|同行|国产|"
    r"进口|大家|外面|对方|市面|其他|其它|自己|自|采购|财务|系统|软件|设备|机器|价格|质量|服务|供应|厂商|厂家|品牌|产品|什么|怎么|谁|今|明|去|昨|刚|如果|要|能|会|可|想|"
    r"用|换|买|看|做|找|老|小|新|旧|隔壁|本地|方案|合同|价|东西|单位|公司|集团|总部|时候|以前|目前|平时|主要|基本|全部|一直|手工|人工|纸|表|本子)|(?:家|的|了|是|吗|呢|吧|用|说|报|就|都|也|给|那|这|机器?|系统|软件|设备|东西|方案|价格?)$"
)
_STOP = re.compile(
    r"[的了是有在个那这么吗呢吧没不又老就还也都把被给让说做干搞从到着过它他她我你来去会能要得好小一二两三四五六七八九十几每回次天周月年号家]|时候|之前|以前|现在|最近|[上下]午"
)
_THING = re.compile(
    r"[机线炉房站盘锅泵阀床柜秤阁转]$|^(?:美国|日本|德国|国外|布草|折弯|设备|环保|质检|集团|行李)|设备|系统|仓库|车间|质检|环保|集团|部门|月底|年底"
)
_SPOKEN = tuple(re.compile(pattern) for pattern in (
    rf"(?:用的(?:就)?是|(?:一直|现在|之前|前头|以前)用(?:的是|着)?|用过|上的是|装的是|买的是|选的是|定的是)(?:的)?(?P<name>{_NAME})(?:的|家|那[套家台]|[，。,；]|$|那边)",
    rf"(?P<name>{_NAME})(?:那边|那家|他们家|家)?(?:也)?(?:报价|报了|报的|给(?:我)?报|才报|报到|报得)",
    rf"(?:在谈的|在比的|在看的|入围的?|还约了|还找了|还有|也在看|对比的|另外)(?:还有|有|是)?(?P<name>{_NAME})(?:[、和跟与](?P<name2>{_NAME}))?(?:[，。,、；]|$|两家|那家|的|一家|都|也)",
    rf"比(?P<name>{_NAME})(?:那家|那边|家|他们)?的?(?:还)?(?:[贵低高便]|少|多)",
    rf"(?:^|[，。,；])(?P<name>{_NAME})(?:的人|那边|那家|家)?(?:的)?(?:也|刚|昨天|上周|都)?(?:来(?:测|演示|讲|看|谈|试|量|踏))",
    rf"(?:^|[，。,；])(?P<name>{_NAME})(?:比(?:你们|贵司|你家|你)|那套|用着|续费|在我们(?:这|厂|车间)|自带)",
    rf"(?:入围|在比|在看|在谈)[^，。]{{0,4}}[：:，](?:(?:有|是))?(?P<name>{_NAME})[、和跟](?P<name2>{_NAME})[、，。；和]",
    rf"(?:^|[，。,；])(?P<name>{_NAME})、(?P<name2>{_NAME})、你们",
    rf"(?P<name>{_NAME})(?:做|供|装|签)的[，。,]",
))  # fmt: skip
_ASK = re.compile(r"别家|哪家|谁家|谁做的|竞|对比|比比|还有谁|其他家|用的(?:是)?什么|还在看")
_ANSWER = re.compile(
    rf"^(?:有|对|是|嗯)?[，,]?(?:就是|主要是)?(?P<name>{_NAME})(?:的|家|那家|做的|[，。,]|$)(?:[、和跟与](?P<name2>{_NAME})(?:的|家|[，。,]|$))?"
)
_PLACE = re.compile(
    r"(?P<place>[\u4e00-\u9fa5]{2,4})(?:有)?(?P<one>一家)(?!子|人|店|医院|厂|公司|公司|企业|客户)|一家(?P<place2>苏州|深圳|上海|北京|广州|东莞|大连|浙江|江苏|德国|日本|国产|进口)的?"
)
_INHOUSE = re.compile(
    r"自己(?:人)?(?:写|搭|做|弄|撸|攒|开发|搞)(?:了|的|出)?|自研|内部(?:团队|自己)|我们.{0,4}(?:程序员|IT|信息科).{0,4}(?:写|做)的?|集团自己"
)
_INCUMBENT = re.compile(
    r"用的|用着|在用|现在用|一直用|用了|[跑用].{0,6}年|我们这儿|续费|原来那|老的|上[一]?家|现在那家|那[套台]|签死|前头|之前|早就|挪窝|备件|装的|买的|手上|还是|系统是|ERP是|WMS|收银|全是|的货|做的"
)
_BIDDER = re.compile(
    r"报|比你们|也来|来[测演讲看谈踏]|在[看谈比]|入围|约了|便宜|低|送|对比|各打|打样|POC|摸过|刚来|都来|演示|少一|贵|套餐"
)
_PARTNER = re.compile(r"(?:给|往|跟|进|卖到|供|做).{0,3}$")
_CLIENT = re.compile(
    r"^.{0,4}(?:送样|供货|做二供|验厂|审厂|来审|来看厂|看厂|的单|点名|买手|采购|定点|要求|退了|订单)"
)
_FORMER = re.compile(
    r"(?:原来|现在(?:用)?|之前|前面|前头|以前)(?:的)?(?:那|这)家|上一?家(?!公司)|(?:进口|国外|德国|日本|法国)(?:人)?(?:那|这)[台套家]|那套(?:进口|国外)"
)
_ANOTHER = re.compile(
    r"(?:另外|还有|别的)(?:一|那|[两2二三3几])家(?:也|在|报|都|来)?|别家(?:也)?(?:报|给|比|来)|隔壁那家"
)
_JOIN = re.compile(r"对接|接口|打通|导|同步|接进|接上|连|是[\u4e00-\u9fa5A-Z]*$")


@dataclass(frozen=True)
class Named:
    """A supplier named in the message: its official name where known, and the kind of its trade."""

    name: str
    kind: str
    start: int
    end: int


@cache
def _aliases() -> tuple[re.Pattern[str], dict[str, tuple[str, str]]]:
    table = yaml.safe_load(
        resources.files("nlp.facts").joinpath("competitors.yaml").read_text(encoding="utf-8")
    )
    known = {
        word: (name, kind)
        for kind, names in table.items()
        for name, more in names.items()
        for word in [name, *more]
    }
    words = "|".join(
        rf"(?<![A-Za-z]){re.escape(w)}(?![A-Za-z])" if w.isascii() else re.escape(w)
        for w in sorted(known, key=len, reverse=True)
    )
    return re.compile(words), known


@lru_cache(maxsize=8)
def find(passage: Passage) -> list[Named]:
    """Return the suppliers named, known ones first."""
    pattern, known = _aliases()
    found = [Named(*known[m[0]], *m.span()) for m in pattern.finditer(passage.text)]
    found = [
        n
        for n in found
        if not (n.name == "统一" or (n.name == "三一" and "三一" + "重工" not in passage.text))
    ]
    taken = [(n.start, n.end) for n in found]
    for start, end in _spoken(passage):
        if not any(start < b and a < end for a, b in taken):
            taken.append((start, end))
            found.append(Named(passage.text[start:end], "other", start, end))
    return found


def _spoken(passage: Passage) -> Iterator[tuple[int, int]]:
    patterns = [*_SPOKEN, *([_ANSWER] if _ASK.search(passage.question) else [])]
    for pattern in patterns:
        for match in pattern.finditer(passage.text):
            for group in ("name", "name2"):
                if group in pattern.groupindex and match[group] and not _unlikely(match[group]):
                    yield match.span(group)


def _unlikely(name: str) -> bool:
    return bool(_BARRED.search(name) or _STOP.search(name) or _THING.search(name))


def read(passage: Passage) -> Iterator[Fact]:
    """Yield `competition.name` and `competition.relation`, and systems and equipment of known makers."""
    for named in find(passage):
        clause = passage.clause(named.start)
        before, after = passage.text[clause.start : named.start], passage.text[named.end : clause.end]
        if _CLIENT.search(after) or (_PARTNER.search(before) and named.kind == "other"):
            continue
        if named.kind == "software" and _JOIN.search(clause.text) and not _BIDDER.search(clause.text):
            continue
        relation = _relation(passage, named, clause.text)
        sure = 0.8 if relation else 0.5
        if named.kind == "other":
            sure = 0.7 if relation else 0.55
        yield passage.fact("competition.name", named.name, named.start, named.end, confidence=sure)
        if relation:
            yield passage.fact(
                "competition.relation",
                f"{named.name}：{relation}",
                clause.start,
                clause.end,
                confidence=sure - 0.05,
            )
    yield from _unnamed(passage)


def _relation(passage: Passage, named: Named, clause: str) -> str:
    if _BIDDER.search(clause) and not re.search(r"原来|现在用|之前", clause):
        return "bidder"
    if _INCUMBENT.search(clause):
        return "incumbent"
    if re.search(r"别家|在谈|对比|还在看|比比", passage.question):
        return "bidder"
    return "incumbent" if re.search(r"用的|哪家|谁家|谁做的", passage.question) and named.start < 8 else ""


def _unnamed(passage: Passage) -> Iterator[Fact]:
    for match in _PLACE.finditer(passage.text):
        if match["place2"] or re.search(r"在看|在谈|在比|也来|摸过|报", passage.text):
            place = match["place2"] or match["place"]
            if not _BARRED.search(place):
                yield passage.fact("competition.name", f"{place}一家", *match.span(), confidence=0.7)
    for pattern, relation in ((_FORMER, "incumbent"), (_ANOTHER, "bidder")):
        other = pattern.search(passage.text)
        if other:
            yield passage.fact("competition.relation", relation, *other.span(), confidence=0.72)
    house = _INHOUSE.search(passage.text)
    if house:
        clause = passage.clause(house.start())
        yield passage.fact("competition.relation", "in-house", clause.start, clause.end, confidence=0.65)
