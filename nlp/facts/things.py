"""Equipment, systems and interfaces: generic kinds from `lexicon.yaml`, with make, model, count and age."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

from bot.domain.understanding import Fact
from nlp.facts import codes, rivals
from nlp.facts.passage import Clause, Passage
from nlp.facts.tidy import note

_FAULT = re.compile(
    r"(?<!汇)报(?!价|名|告|销|表|税|关|批|给|了[一二三四五六七八九十])|报警|故障|跳(?!槽)|蹦|坏|停[了机一]|趴|死机|卡[了死]|断[了线]|漏[了油水]|黑一下|飘|停[\u4e00-\u9fa5\d]{0,3}[次回]|歇|打火|趴窝|瓦发热|又[卡坏停]|裂|撞了|结霜|跑偏|换了两回"
)
_COUNTED = re.compile(
    r"(?:\d+|[一二两三四五六七八九十百来几多]+)\s?(?:多|来)?(?:台|条|把|套|个|辆)(?:老|旧|进口|国产)?$"
)
_MADE = re.compile(r"[\u4e00-\u9fa5A-Za-z]{2,5}(?=(?:的|那台|那条)(?:老)?$)")
_OWN = re.compile(r"我们?|现在|用的|还是|老|进口|国产|手上|车间|一共|总共|拢共|就|买了?|装的|年的")
_AGE = re.compile(
    r"(?P<year>(?:19|20)?\d{2})年(?:装的|买的|的)|(?:买|用|装|跑)了?(?:有)?(?P<age>[\d一二两三四五六七八九十]+)(?:来|多)?年"
)
_MODEL = re.compile(
    r"^(?:的)?(?P<model>(?:老)?[A-Z][A-Za-z]{0,8}[-]?\d{1,5}[A-Z]?|(?:老)?[A-Z][a-z]{3,9}|\d{3,4}[A-Z])(?:的)?"
)
_OWNED_SYSTEM = re.compile(r"现在|用的?|我们是|我们用|是|上了|记在|在.{0,4}里|靠|全在|走")
_JOINED = re.compile(
    r"对接|接口|打通|通$|接[进上入]|接(?=[，。吗]|$)|对上|同步|连[上接到]|导[到入]|走|接|集成|兼容"
)
_PROTOCOL = re.compile(r"走|支持|只|要|得|用|开放|不让|不给|没有?|都是|统一|对接|协议|不[能许]|禁")
_ASK_SYSTEM = re.compile(
    r"用(?:的)?(?:什么|啥|哪).{0,4}(?:系统|软件)|系统.{0,6}(?:哪家|什么)|ERP.{0,8}(?:哪|什么)|现在.{0,10}(?:用什么|在哪|放哪)"
)
_ASK_JOIN = re.compile(r"对接|接口|打通|协议")
_NEGATED = re.compile(r"没有?(?:上|用|装)?$|不用$|不想(?:上|用)$|要?上$|换$")


@dataclass(frozen=True)
class Lexicon:
    """The patterns made from `lexicon.yaml`."""

    equipment: re.Pattern[str]
    systems: re.Pattern[str]
    interfaces: re.Pattern[str]
    sites: re.Pattern[str]


@cache
def lexicon() -> Lexicon:
    """Return the patterns, made once."""
    words = yaml.safe_load(resources.files("nlp.facts").joinpath("lexicon.yaml").read_text(encoding="utf-8"))
    kinds = {kind: _any(words[kind]) for kind in ("equipment", "systems", "interfaces", "sites")}
    lead = r"(?P<lead>(?:\d+|[一二三四五六七八九十]+)号|[\u4e00-\u9fa5]{0,2}那台|布草房那台|老|进口|国产)?"
    return Lexicon(
        equipment=re.compile(rf"{lead}(?P<kind>{kinds['equipment']})(?![构会制师手关位费]|报价)"),
        systems=re.compile(rf"(?P<kind>{kinds['systems']})"),
        interfaces=re.compile(rf"(?P<kind>{kinds['interfaces']})"),
        sites=re.compile(kinds["sites"]),
    )


def _any(words: list[str]) -> str:
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(
        rf"(?<![A-Za-z]){re.escape(w)}(?![A-Za-z])" if w.isascii() else re.escape(w) for w in ordered
    )


def read(passage: Passage) -> Iterator[Fact]:
    """Yield equipment (at fault or in use), systems, interfaces and site conditions."""
    makers = {n.end: n for n in rivals.find(passage) if n.kind != "retail"}
    for clause in passage.clauses:
        yield from _equipment(passage, clause, makers)
        yield from _unlisted(passage, clause)
        yield from _systems(passage, clause)
        yield from _terms(passage, clause)
    yield from _branded(passage, makers)
    yield from _named_systems(passage)


def _equipment(passage: Passage, clause: Clause, makers: dict[int, rivals.Named]) -> Iterator[Fact]:
    for match in lexicon().equipment.finditer(clause.text):
        start, end = clause.start + match.start(), clause.start + match.end()
        name = re.sub(r"^.*那台", "", match[0])
        if _FAULT.search(clause.text) or _coded(passage, clause):
            yield passage.fact("fault_history.equipment", name, start, end, confidence=0.75)
            continue
        before = clause.text[: match.start()]
        counted = _COUNTED.search(before)
        maker = next(
            (n for stop, n in makers.items() if clause.start <= stop <= start and start - stop <= 12), None
        )
        made = _MADE.search(before)
        if counted or maker or made or match["lead"] or _AGE.search(clause.text):
            begin = min(clause.start + counted.start() if counted else start, maker.start if maker else start)
            begin = clause.start + made.start() if made else begin
            value = note(passage.text[begin:end]) + _age(passage, clause)
            yield passage.fact("current_state.equipment", value, begin, end, confidence=0.8)
        elif _OWN.search(before):
            yield passage.fact("current_state.equipment", name, start, end, confidence=0.4)


_UNLISTED = re.compile(
    r"(?P<kind>(?:[\d一二三四五六七八九十]+号[\u4e00-\u9fa5]{0,3}?|[\u4e00-\u9fa5]{1,3})(?:机|泵|阀|炉|柜|秤|仪|锅|塔|板|器|箱|轴|管|屏|爪))(?=又|老[是报吞卡停]|总[是报]|屏上|报(?!价|了)|坏|跳|卡[了死住]|一停|停了|死机)"
)


def _coded(passage: Passage, clause: Clause) -> bool:
    """Return whether a fault code stands in the clause or right beside it, and a fault is spoken of."""
    return any(clause.start <= start < clause.end + 8 for _, start, _ in codes.found(passage))


def _unlisted(passage: Passage, clause: Clause) -> Iterator[Fact]:
    match = _UNLISTED.search(clause.text)
    if match and not lexicon().equipment.search(clause.text):
        start = clause.start + match.start()
        yield passage.fact(
            "fault_history.equipment",
            note(match["kind"]),
            start,
            clause.start + match.end("kind"),
            confidence=0.7,
        )


def _age(passage: Passage, clause: Clause) -> str:
    match = _AGE.search(passage.text[clause.start : clause.end + 14])
    return f"（{note(match[0])}）" if match else ""


def _branded(passage: Passage, makers: dict[int, rivals.Named]) -> Iterator[Fact]:
    """Yield equipment that is called by its maker and model only (GE的Optima, 松下的老TA-1400)."""
    for end, named in makers.items():
        match = _MODEL.match(passage.text[end : end + 16])
        if match and named.kind == "equipment":
            clause = passage.clause(named.start)
            value = f"{named.name}{match['model'].lstrip('老')}{_age(passage, clause)}"
            yield passage.fact(
                "current_state.equipment", value, named.start, end + match.end(), confidence=0.8
            )
        elif named.kind == "software":
            yield from _software(passage, named)


def _software(passage: Passage, named: rivals.Named) -> Iterator[Fact]:
    clause = passage.clause(named.start)
    value = passage.text[named.start : named.end] if named.end - named.start > len(named.name) else named.name
    match = re.match(r"(?:的)?(?P<more>ECC|U8|U9|NC|K3|[A-Z]{2,4}\d?)", passage.text[named.end :])
    end = named.end + (match.end() if match else 0)
    value += match["more"] if match and match["more"] not in value else ""
    around = passage.text[max(0, clause.start - 10) : clause.end + 14]
    if _JOINED.search(around) or _ASK_JOIN.search(passage.question):
        yield passage.fact("integration.system", value, named.start, end, confidence=0.75)
    elif re.search(
        r"用的?|我们是|是$|系统是|ERP是", passage.text[clause.start : named.start]
    ) or _ASK_SYSTEM.search(passage.question):
        yield passage.fact("current_state.system", value, named.start, end, confidence=0.7)


def _systems(passage: Passage, clause: Clause) -> Iterator[Fact]:
    for match in lexicon().systems.finditer(clause.text):
        start, end = clause.start + match.start(), clause.start + match.end()
        before, after = clause.text[: match.start()], clause.text[match.end() :]
        if _NEGATED.search(before) or re.match(r"(?:系统)?(?:是|用的)", after):
            continue
        if (
            _JOINED.search(after)
            or (re.search(r"(?:跟|和|与|接|连)[\u4e00-\u9fa5]{0,3}$", before) and _JOINED.search(clause.text))
            or _ASK_JOIN.search(passage.question)
        ):
            yield passage.fact("integration.system", match[0], start, end, confidence=0.7)
        elif _OWNED_SYSTEM.search(before) or _ASK_SYSTEM.search(passage.question):
            yield passage.fact("current_state.system", match[0], start, end, confidence=0.45)


_NAMED_SYSTEM = re.compile(
    r"(?P<kind>ERP|MES|WMS|HIS|LIS|PACS|OA|CRM|系统|数据库|仓库|财务|收银|控制)(?:系统)?(?:是|用的是?|用|走的?)(?:的)?(?P<name>[\u4e00-\u9fa5A-Za-z0-9]{2,8}?)(?:的(?P<more>[A-Z]{2,5}))?(?=[，。；,;]|的|$)"
)
_OWN_SYSTEM = re.compile(
    r"(?P<kind>ERP|MES|WMS|HIS|OA|CRM|系统|看板)(?:系统)?(?:是)?(?:我们)?自己(?:写|做|开发|搭)"
)


def _named_systems(passage: Passage) -> Iterator[Fact]:
    """Yield systems that are told by kind and name (ERP是…, WMS我们自己写的)."""
    slot = (
        "integration.system"
        if re.search(r"接口|对接|打通|中间表|直连|接[进上]", passage.text + passage.question)
        else "current_state.system"
    )
    for match in _NAMED_SYSTEM.finditer(passage.text):
        kind = match["more"] or (match["kind"] if match["kind"].isascii() else "")
        if not re.search(r"什么|哪|自己|我们|你们|谁|坏|好|老", match["name"]):
            yield passage.fact(
                slot, match["name"] + ("" if kind in match["name"] else kind), *match.span(), confidence=0.75
            )
    own = _OWN_SYSTEM.search(passage.text)
    if own:
        yield passage.fact(slot, f"自研{own['kind']}", *own.span(), confidence=0.75)


def _terms(passage: Passage, clause: Clause) -> Iterator[Fact]:
    match = lexicon().interfaces.search(clause.text)
    if match and (_PROTOCOL.search(clause.text) or _ASK_JOIN.search(passage.question)):
        yield passage.fact(
            "integration.interface", note(clause.text), clause.start, clause.end, confidence=0.7
        )
    site = lexicon().sites.search(clause.text)
    if site:
        yield passage.fact("integration.site", note(clause.text), clause.start, clause.end, confidence=0.45)
