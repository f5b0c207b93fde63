"""The part that somebody plays, read from the words right behind (and before) their name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from nlp.facts.passage import Passage


class Named(Protocol):
    """Somebody named in the message, with offsets."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


@dataclass(frozen=True)
class Part:
    """A role with the words that show it, as offsets in the message."""

    role: str | None
    stance: str | None
    start: int
    end: int
    confidence: float


# In order: the first that fits wins. Each: role, stance, what stands behind the name, what stands before it.
_RULES: tuple[tuple[str, str | None, str, str], ...] = (
    ("budget_holder", None, r"管[钱账]|批钱|(?<!得)出(?:钱|一半|首付|资)|出的?首付|掏钱|钱.{0,4}(?:她|他)(?:管|手里)|那边?(?:管|批)钱|手里攥", r"管钱的(?:是|就是)?|钱.{0,6}(?:在|归|是)(?:分管的)?$|钱都?在"),
    ("blocker", "oppose", r"不(?:干|认(?!识|得)|同意|配合|愿意|乐意|点头)|反对|抵触|跳起来|造反|下岗|拧着|带头不|毙了?|翻脸|跟.{0,8}(?:熟|同学|亲戚)|嫌|怕|要闹|闹起来|使绊|急眼|谁提.{0,6}急|卡着不", r"就怕$"),
    ("influencer", None, r"点头一般|顶.{1,2}票|牵头|吹风|看完|说一句|一句不行|建议|参谋|推荐|那一票", r"(?:听|问问?|参考)$|只听|你得问"),
    ("decider", None, r"(?:最后|来|才能|才)?(?:拍板|拍(?=$|[，。,])|说了算|做主|定(?!期|位|制|金|的|下|了个|义|点|额|[一二三四五六七八九十\d])|签字?(?!了?合同|收|单|死|的是|订|约)|点头|一支笔|一句话|把笔)|批(?!次|量|发|钱|评)(?:准|了?才)|盖章|过目才|发话|放话|交代|举手", r"拍板的?(?:是|就是)?|最后(?:还)?(?:是|得|要)?(?:分管的)?$|签字(?:是|的是)?$|(?:找|由|归|得|要|等)$(?=定)|说了算的是$|用不用是"),
    ("champion", "support", r"(?:很|挺|最|一直|倒是|蛮|也)?(?:支持|看好|赞成)|想(?:弄|上|换|推|搞|要)|推(?:的|着)|提的|帮.{0,4}[讲说]|替.{0,3}说话|挂帅|相中|竞[聘选]|点头了|撑着要|露个?脸|很上心|喊要", r"是$(?=提)"),
    ("gatekeeper", None, r"(?:先)?(?:审|过一道|把关|过目|验)|那[一关]|只认|要(?:看|抠|过|查)|主持|走(?:完)?流程|走[的个]流程|无所谓|卡|会来?找我|经手|跑流程|不让|不许", r"(?:还得|要|得)?(?:过|上|报)$|流程$"),
    ("user", None, r"(?:在|天天|她们|他们)?(?:用|上机|操作|录入?|扫码?|填|摁|盯|管夜班|认字|念|干这)(?!友|户)|[一二三四五六七八九]{1,3}十?[岁多]|不会|学", r"给$|装的$"),
)  # fmt: skip
_COMPILED = tuple(
    (role, stance, re.compile(after), re.compile(before)) for role, stance, after, before in _RULES
)
_PRONOUN = re.compile(r"^\s*[，,。；;]?\s*(?:人家|[^，。；！？]{0,8}?[他她])")
_I_TALK = re.compile(r"^(?:那儿|那边|那里|那)我")
_BOSS = re.compile(r"老板|董事长|总经理|总裁|^院长|^局长|^校长|老大|老爷子")
_BOSS_WILL = re.compile(r".{0,6}?(?:想|要|让|叫|喊|说|问|点名|皱|撂|交代|听完|不吭声)")
_USERS = re.compile(r"护士$|护工|大夫|店长|操作工|工人|父亲|母亲|老丈人|爱人|老师傅")
_USE = re.compile(r".{0,10}?(?:要|用|点|录|扫|摁|认|念|学|怕|嫌|岁|[一二三四五六七八九]十|不会|拿|看)")
_DECIDES = re.compile(r"谁.{0,6}(?:定|拍板|签|做主|说了算|点头)|拍板|谁说了算|您.{0,3}定|章在")
_PAYS = re.compile(r"谁.{0,4}(?:管钱|出钱|批钱)|管技术还是管采购")
_CHECKS = re.compile(r"谁.{0,4}负责|哪位负责|哪位|还有谁看|哪个先看")
_USES = re.compile(r"谁用|谁来用|用得最多")
_PUSHES = re.compile(r"谁(?:在推|提的|最头疼|想)")


def part_of(passage: Passage, who: Named, committees: frozenset[str]) -> Part | None:
    """Return the part of somebody, or None when the message gives them none."""
    clause = passage.clause(who.start)
    behind_end = _reach(passage, who.end, clause.end)
    behind, before = passage.text[who.end : behind_end], passage.text[clause.start : who.start]
    if _I_TALK.match(behind):
        return None
    for rule, stance, after_rule, before_rule in _COMPILED:
        match, lead = after_rule.search(behind), before_rule.search(before[-8:])
        role = "decider" if rule == "gatekeeper" and who.name in committees else rule
        if role in {"champion", "gatekeeper", "user"} and _BOSS.search(who.name) and _BOSS_WILL.match(behind):
            return Part("decider", None, who.start, who.end, 0.72)
        if (
            match
            and role == "blocker"
            and _USERS.search(who.name)
            and not re.search(r"不干|造反|反对|不认", match[0])
        ):
            return Part("user", None, who.start, who.end + match.end(), 0.75)
        if match:
            return Part(role, stance, who.start, who.end + match.end(), 0.85)
        if lead:
            return Part(role, stance, max(clause.start, who.start - 6), who.end, 0.8)
    return _by_will(who, behind) or _by_question(passage, who) or _by_office(who, behind, before, committees)


def _by_will(who: Named, behind: str) -> Part | None:
    """Read the head of a firm who wants something as decider, those who work with the thing as users."""
    if _BOSS.search(who.name) and _BOSS_WILL.match(behind):
        return Part("decider", None, who.start, who.end, 0.72)
    if _USERS.search(who.name) and _USE.match(behind):
        return Part("user", None, who.start, who.end, 0.7)
    return None


def _reach(passage: Passage, start: int, end: int) -> int:
    """Return where the words about somebody end: at the next name, or one clause later after 他 or 她."""
    following = passage.text[end : end + 22]
    if _PRONOUN.match(following):
        end = min(
            len(passage.text),
            end + len(re.split(r"[。；！？;!?]|(?<=.)[，,]", following.lstrip("，, "))[0]) + 1,
        )
    other = re.search(
        r"(?<=[，,、])[\u4e00-\u9fa5]{0,4}(?:总|主任|经理|老板|部长|科长|厂长|院长)", passage.text[start:end]
    )
    return start + other.start() if other else end


def _by_question(passage: Passage, who: Named) -> Part | None:
    if not passage.question or who.start > 16:
        return None
    asked = ((_DECIDES, "decider", None), (_PAYS, "budget_holder", None), (_PUSHES, "champion", "support"),
             (_USES, "user", None), (_CHECKS, "gatekeeper", None))  # fmt: skip
    for pattern, role, stance in asked:
        if pattern.search(passage.question):
            return Part(role, stance, who.start, who.end, 0.7)
    return None


def _by_office(who: Named, behind: str, before: str, committees: frozenset[str]) -> Part | None:
    if who.kind != "body":
        return None
    if who.name in committees:
        decides = re.search(r"(?:过|上|报|等|经|走)$", before) or re.match(
            r".{0,3}(?:批|定|开|拍|点头|说|要求|规定)", behind
        )
        return Part("decider", None, who.start, who.end, 0.7) if decides else None
    guards = re.search(r"(?:过|找|经|跟|走)$", before) or re.match(
        r".{0,6}(?:不|要|那|审|查|管|签|把|卡|来)", behind
    )
    return Part("gatekeeper", None, who.start, who.end, 0.65) if guards else None
