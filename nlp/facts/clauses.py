"""Facts that have no grammar (pains, barriers, goals, likes …): whole clauses, picked by the clause model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np

from bot.domain.understanding import Fact
from nlp.facts.model import ClauseModel, Floats
from nlp.facts.passage import Clause, Passage
from nlp.facts.tidy import note

WHOLE = frozenset({
    "pain.pain", "pain.consequence", "business_goal.goal", "business_goal.target", "bottleneck.symptom",
    "current_state.process", "competition.likes", "competition.dislikes", "risk.barrier", "integration.site",
    "timeline.trigger", "budget.source", "budget.approval", "pain.quantity", "bottleneck.rate",
    "tech_requirements.parameter",
})  # fmt: skip
SHORT = {
    "business_goal.metric": re.compile(
        r"[\u4e00-\u9fa5A-Za-z]{0,5}(?:率|成本|电费|能耗|周期|交期|产值|营收|产量|毛利|费用|损耗|效率|PPM|OEE|PUE|周转|门诊量|坪效|人效|时长|占比|废品|抛料|破损)"
    ),
    "bottleneck.station": re.compile(
        r"^(?:就|最慢的?是|最卡的?是|卡在|堵在)?(?P<name>[\u4e00-\u9fa5A-Za-z]{2,6}?)(?:那[段站道块台边个]|这[段站道块]|一[件台份张个天根束挂次]|老[是把]?|最|全|就|要|拖|排|堵|卡|工位)"
        r"|(?:卡在|堵在|慢在|最慢的?是|最卡的?是|瓶颈(?:是|在))(?P<late>[\u4e00-\u9fa5A-Za-z]{2,6}?)(?:那|这|上|了|$|，)"
        r"|(?P<site>[\u4e00-\u9fa5]{1,4}(?:工位|窗口|工序|站|段|那道|口|台))"
    ),
    "pain.who": re.compile(
        r"(?:[\u4e00-\u9fa5]{0,4})(?:经理|主任|工人|业务员|车间|客户|护士|大夫|医生|会计|财务|班组|班长|装配|质检|司机|店长|客服|部门|部长|病人|家属|师傅|主管|采购|老板|总监|总|工|姐|学员|员工|全家|科)(?=[\u4e00-\u9fa5]{0,8})"
    ),
    "risk.owner": re.compile(
        r"(?:[\u4e00-\u9fa5]{0,3})(?:法务|信息科|工会|班组长|班长|安保处|保卫处|总经理|护士长|老师傅|采购|财务|质量部|[老小][\u4e00-\u9fa5](?=[怕嫌不肯])|园长|主任|科|部门|总部|集团|老板|员工|工人|店员)"
    ),
}
_NEVER = re.compile(r"^(?:嗯|对|好的?|是的?|行|可以|谢谢|你好|您好|哈哈|收到|稍等|早)?[\W]*$")
_YOURS = re.compile(r"^(?:你们|你家|你那|贵司)")
_QUESTION = re.compile(r"(?:吗|呢|什么|多少|怎么样?|几个|哪家|谁)[？?]?$|[？?]$")
_JOIN_LENGTH = 26
_BESIDE = 0.65
_NEED = re.compile(r"得|必须|要|须|能不能|支持|不能|不许|不准|有没有|别(?!人|的|家)|最好|能|可以|带")
# What we promise or charge is a doubt or a question, no figure that the equipment has to meet.
_OURS = re.compile(r"等货|等你们|交期|货期|工期|交货|发货|到货|报价|价格|付款|定金|账期")
_TELLING = re.compile(r"[\u4e00-\u9fa5A-Za-z]{3}")


def read(passage: Passage, scores: Floats, model: ClauseModel) -> Iterator[Fact]:
    """Yield the clauses whose probability passes the slot's threshold; neighbours of one slot are joined."""
    passed: dict[int, list[int]] = {}
    for place, column in np.argwhere(scores >= model.thresholds):
        if _speaks(passage, passage.clauses[place]):
            passed.setdefault(int(column), []).append(int(place))
    for column, places in passed.items():
        slot, threshold = model.slots[column], float(model.thresholds[column])
        if slot in WHOLE:
            runs = list(_runs(passage, places))
            joined = [
                _joined(passage, r, slot, confidence_of(float(max(scores[r, column])), threshold))
                for r in runs
            ]
            yield from (fact for fact in joined if _tells(fact))
        elif slot in SHORT:
            for place in places:
                yield from _short(
                    passage, place, slot, confidence_of(float(scores[place, column]), threshold)
                )


def _tells(fact: Fact) -> bool:
    """Return whether a note says something; a wish counts as a parameter only with a word of need."""
    if fact.slot == "parameter" and (
        not _NEED.search(fact.evidence.text) or _OURS.search(fact.evidence.text)
    ):
        return False
    return bool(_TELLING.search(fact.value))


def best(facts: Iterable[Fact]) -> list[Fact]:
    """Keep for the same words the likeliest slot, and another only when it is likely by itself."""
    kept: list[Fact] = []
    for fact in sorted(facts, key=lambda f: -f.confidence):
        rival = any(_shares(fact, one) for one in kept)
        if not rival or fact.confidence >= _BESIDE or f"{fact.dim}.{fact.slot}" in SHORT:
            kept.append(fact)
    return kept


def _shares(fact: Fact, one: Fact) -> bool:
    overlap = fact.evidence.start < one.evidence.end and one.evidence.start < fact.evidence.end
    return overlap and f"{one.dim}.{one.slot}" in WHOLE


def _speaks(passage: Passage, clause: Clause) -> bool:
    """Return whether a clause can hold a fact: neither a nod nor a question about us."""
    if len(clause.text.strip()) < 3 or _NEVER.match(clause.text):
        return False
    return not (_QUESTION.search(passage.text[clause.start : clause.end + 1]) and _YOURS.match(clause.text))


def _runs(passage: Passage, places: list[int]) -> Iterator[list[int]]:
    """Yield neighbouring clauses together while they stay short enough for one note."""
    run: list[int] = []
    for place in places:
        fits = run and place == run[-1] + 1
        if fits and passage.clauses[place].end - passage.clauses[run[0]].start <= _JOIN_LENGTH:
            run.append(place)
            continue
        if run:
            yield run
        run = [place]
    if run:
        yield run


def confidence_of(score: float, threshold: float) -> float:
    """Return a confidence of 0.5 at the threshold that grows to 0.95 with the score."""
    return round(0.5 + 0.45 * min(1.0, (score - threshold) / max(0.05, 0.9 - threshold)), 3)


def _joined(passage: Passage, run: list[int], slot: str, confidence: float) -> Fact:
    start, end = passage.clauses[run[0]].start, passage.clauses[run[-1]].end
    value = "，".join(note(passage.clauses[place].text) for place in run)
    return passage.fact(slot, value, start, end, confidence=confidence)


def _short(passage: Passage, place: int, slot: str, confidence: float) -> Iterator[Fact]:
    clause = passage.clauses[place]
    match = SHORT[slot].search(clause.text)
    if match:
        group: str | int = next((name for name in match.groupdict() if match[name]), 0)
        start, end = clause.start + match.start(group), clause.start + match.end(group)
        yield passage.fact(slot, note(passage.text[start:end]), start, end, confidence=confidence)
