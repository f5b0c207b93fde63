"""People and bodies of the decision chain: who they are, what part they play, who listens to whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

from bot.domain.understanding import Fact
from nlp.facts import roles
from nlp.facts.passage import Clause, Passage


@dataclass(frozen=True)
class Mention:
    """Somebody named: `name` as a rep notes it, `kind` one of person, body, family, self."""

    name: str
    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Names:
    """The patterns made from `people.yaml`."""

    person: re.Pattern[str]
    body: re.Pattern[str]
    family: re.Pattern[str]
    committees: frozenset[str]


@cache
def names() -> Names:
    """Return the patterns, made once."""
    text = resources.files("nlp.facts").joinpath("people.yaml").read_text(encoding="utf-8")
    words = yaml.safe_load(text)
    surname, dept = f"[{words['surnames']}]", _any(words["departments"])
    titles, alone = _any(words["titles"]), _any(words["alone"])
    person = re.compile(
        rf"(?P<dept>(?:{dept}))?的?(?:"
        rf"(?<![上下本每这])(?P<named>(?!边)(?!周(?:边|末)){surname}(?:[\u4e00-\u9fa5])??(?:{titles}))(?!本|费|单|资|艺|价|程|具|厂|位|人|作|业|件|期|间|数|共|体|结|算|是|之|的来)"
        rf"|(?P<short>[老小]{surname})(?![\u4e00-\u9fa5]?机|板|子|时|区|组|孩|伙|心|钱|厂|家|型|修|一套|款|线|路|牌|费|量|师|客|批|货|员|业|龄|程|数|度|问|学)"
        rf"|(?P<alone>{alone})(?:[嘛，, ]{{0,2}}姓(?P<sur>{surname})的?)?)"
        rf"|(?P<dept2>{dept})?(?:的|那边|那位)?姓(?P<only>{surname})的?"
    )
    return Names(
        person=person, body=re.compile(_any(words["bodies"])), family=re.compile(rf"(?:我|我们|他|她|老板|老板娘)?(?:{_any(words['family'])})"),
        committees=frozenset(words["committees"]),
    )  # fmt: skip


def _any(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def read(passage: Passage) -> Iterator[Fact]:
    """Yield `decision_chain.person` with role and stance, `influences` and `reports_to`."""
    mentions = list(find(passage))
    told: set[tuple[str, str | None]] = set()
    for mention in mentions:
        part = roles.part_of(passage, mention, names().committees)
        if part is None or (mention.name, part.role) in told:
            continue
        told.add((mention.name, part.role))
        end = max(mention.end, part.end)
        yield passage.fact("decision_chain.person", mention.name, min(mention.start, part.start), end,
                           role=part.role, stance=part.stance, confidence=part.confidence)  # fmt: skip
    yield from _self(passage)
    yield from _relations(passage, mentions)


def find(passage: Passage) -> Iterator[Mention]:
    """Yield everybody named in the message, in order; people whom the customer addresses are left out."""
    taken = 0
    spots = [*_persons(passage), *_others(passage)]
    for mention in sorted(spots, key=lambda m: (m.start, -m.end)):
        if mention.start >= taken:
            taken = mention.end
            yield mention


def _persons(passage: Passage) -> Iterator[Mention]:
    for match in names().person.finditer(passage.text):
        base = match["named"] or match["short"] or match["alone"] or (match["only"] and f"{match['only']}某")
        if not base:
            continue
        if match["sur"]:
            base = match["sur"] + base
        dept = match["dept"] or match["dept2"]
        bare = match["only"] and not match["named"] and dept
        name = (
            f"{match['only']}（{dept}）"
            if bare
            else f"{base}（{dept}）"
            if dept and dept not in base
            else base
        )
        if not _addressed(passage, match.start(), match.end()):
            yield Mention(name, "person", match.start(), match.end())


def _others(passage: Passage) -> Iterator[Mention]:
    for match in names().body.finditer(passage.text):
        yield Mention(match[0], "body", match.start(), match.end())
    for match in names().family.finditer(passage.text):
        name = re.sub(r"^(?:我们|我|他|她)", "", match[0])
        name = {
            "妈": "母亲",
            "爸": "父亲",
            "爹": "父亲",
            "哥": "哥哥",
            "弟": "弟弟",
            "姐": "姐姐",
            "妹": "妹妹",
        }.get(name, name)
        yield Mention(name, "family", match.start(), match.end())


def _addressed(passage: Passage, start: int, end: int) -> bool:
    """Return whether this is somebody spoken to (刘工，你们…), not spoken of."""
    alone = not passage.text[:start].strip() and bool(
        re.match(r"\s?[，,！!、 ]", passage.text[end : end + 1] or "，")
    )
    return alone and not passage.question


_SELF = (
    (re.compile(r"(?:机器|设备|这事|厨房|这块|技术上?)?(?:都是|就|由)?我(?:来|自己)?(?:定|拍板|说了算|做主|挑)(?!期|不)"), "decider", None),
    (re.compile(r"(?:账上的)?钱(?:都)?(?:是|归)?我(?:来)?(?:管|出|批)|我管[钱账]|以下我批"), "budget_holder", None),
    (re.compile(r"技术上?(?:他|她|都|这块)?(?:们)?听我的|技术上我点头|我顶多写|我只能(?:建议|写)|我看中了没用|我说了不算|我(?:哪有|没)那个权"), "influencer", None),
    (re.compile(r"我(?:个人|本人|这边)?(?:举双手|没二话|(?<!不)支持(?!不)|挺看好|来推|去推|去说|帮着讲|替你说)|真想上的就我|让我挂帅|我.{0,4}竞聘|我.{0,3}提的副"), "champion", "support"),
    (re.compile(r"我(?:就是个|只是个|就|只)(?:跑腿|打工|看摊|负责搬砖|管陈列)"), "user", None),
)  # fmt: skip


def _self(passage: Passage) -> Iterator[Fact]:
    for pattern, role, stance in _SELF:
        match = pattern.search(passage.text)
        if match:
            yield passage.fact(
                "decision_chain.person", "本人", *match.span(), role=role, stance=stance, confidence=0.8
            )
            return


_HEEDS = re.compile(r"^(?:只|就|都|一般|全)?听(?P<who>.{1,8}?)的")
_UPSTREAM = re.compile(r"^(?:的)?(?:上头|上面|上级)(?:是|就是|有)?")
_MANAGED = re.compile(r"^归(?P<who>.{1,10}?)(?:直?管|领导)")


def _relations(passage: Passage, mentions: list[Mention]) -> Iterator[Fact]:
    for place, mention in enumerate(mentions):
        rest, nearby = passage.text[mention.end :], [m for m in mentions if m.start >= mention.end]
        heeds = _HEEDS.match(rest)
        if heeds:
            who = next(
                (m.name for m in nearby if m.start < mention.end + heeds.end()),
                "本人" if "我" in heeds["who"] else "",
            )
            if who:
                yield _arrow(
                    passage, "influences", (who, mention.name), (mention.start, mention.end + heeds.end())
                )
        up = _UPSTREAM.match(rest) or _MANAGED.match(rest)
        if up and nearby and nearby[0].start <= mention.end + up.end() + 4:
            yield _arrow(
                passage, "reports_to", (mention.name, nearby[0].name), (mention.start, nearby[0].end)
            )
        own = re.search(
            r"我(?:的)?(?:上头|上面|上级)(?:是)?|我归|我(?:直接)?(?:向|跟)$|我们(?=副总$)",
            passage.text[: mention.start][-8:] + "",
        )
        if own and not place:
            yield _arrow(
                passage, "reports_to", ("本人", mention.name), (max(0, mention.start - 5), mention.end)
            )
        spoken = re.match(
            r"(?:那儿|那边|那里|那)?我(?:可以|能|来|去)?(?:帮着|帮你|替你|去)(?:讲|说|吹)", rest
        )
        if spoken:
            yield _arrow(
                passage, "influences", ("本人", mention.name), (mention.start, mention.end + spoken.end())
            )


def _arrow(passage: Passage, slot: str, pair: tuple[str, str], span: tuple[int, int]) -> Fact:
    one, other = (re.sub(r"（.*?）", "", name) for name in pair)
    return passage.fact(f"decision_chain.{slot}", f"{one}→{other}", *span, confidence=0.75)


def clause_of(passage: Passage, mention: Mention) -> Clause:
    """Return the clause that names somebody."""
    return passage.clause(mention.start)
