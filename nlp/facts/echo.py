"""A bare 嗯, 对 or 是的 after the rep named a value: the value counts, but only as ambiguous."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from bot.domain.understanding import Evidence, Fact
from nlp.facts.passage import Passage

_ASSENT = re.compile(
    r"^\W*(?:嗯+|对+|是的?|对的|没错|是啊|对啊|嗯嗯|嗯对|好像是|差不多|就是|应该是|是这样|可以这么说|对对对|嗯呢|是吧|行|好|对头|中)[的啊呀吧呢了哈嘛。，,!！~～\s]*(?:嗯|对|是的?)?\W*$"
)
_CHECKED = re.compile(
    r"对吧|是吧|对不对|是不是|没错吧|没记错吧|对吗|是吗|吗[？?]?$|对么|[？?]\s*$|我理解|我记|我复述|核一下|确认"
)
_OURS = re.compile(r"我们|我司|咱们?这|报价|给您|我把|我让|我去|方案|发您|我先|我这边")
_ECHOED = frozenset({
    "budget.amount", "budget.route", "timeline.deadline", "timeline.window", "fault_history.fault_code", "fault_history.frequency",
    "fault_history.downtime", "tech_requirements.parameter", "current_state.volume", "decision_chain.person", "bottleneck.takt",
})  # fmt: skip

Grammar = Callable[[Passage], Iterable[Fact]]


def is_assent(text: str) -> bool:
    """Return whether a message only agrees."""
    return bool(_ASSENT.match(text)) and len(text) <= 12


def read(passage: Passage, grammars: Iterable[Grammar]) -> Iterator[Fact]:
    """Yield what the rep asked to have confirmed, with the assent as evidence."""
    if not _CHECKED.search(passage.question):
        return
    said = Passage(text=passage.question, question="", at=passage.at)
    evidence = Evidence(text=passage.text, start=0, end=len(passage.text))
    for grammar in grammars:
        for fact in grammar(said):
            clause = said.clause(fact.evidence.start)
            if (
                f"{fact.dim}.{fact.slot}" in _ECHOED
                and fact.confidence >= 0.5
                and not _OURS.search(clause.text)
            ):
                yield replace(fact, evidence=evidence, status="ambiguous", confidence=0.5)
