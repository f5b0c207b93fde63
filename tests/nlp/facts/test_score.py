"""The scorer: what counts as the same value."""

from __future__ import annotations

import json

import pytest

from bot.domain.understanding import Evidence, Fact
from nlp.facts.reader import FactReader
from nlp.facts.score import Gold, documents, measure, pair, values_match


def fact(slot: str, value: str, words: str = "") -> Fact:
    dim, name = slot.split(".")
    words = words or value
    evidence = Evidence(text=words, start=0, end=len(words))
    return Fact(dim=dim, slot=name, value=value, confidence=1, evidence=evidence)


@pytest.mark.parametrize(
    ("slot", "said", "gold", "same"),
    [
        ("budget.amount", "60万左右", "60万", True),
        ("budget.amount", "60万", "80万", False),
        ("timeline.deadline", "年底前", "年底前招完", True),
        ("timeline.deadline", "8月20日前", "8月25日前", False),
        ("tech_requirements.parameter", "节拍≤45秒", "节拍 ≤45 秒", True),
        ("tech_requirements.parameter", "节拍≤40秒", "节拍≤45秒", False),
        ("fault_history.frequency", "4次/周", "一周4次", True),
        ("fault_history.fault_code", "E-207", "E-208", False),
        ("pain.pain", "追溯靠翻本子", "追溯要翻本子", True),
        ("pain.pain", "缺人", "断货", False),
        ("decision_chain.person", "邵副总（分管）", "邵副总", True),
    ],
)
def test_values_match_when_text_is_close_and_numbers_agree(slot: str, said: str, gold: str, *, same: bool):
    assert values_match(slot, said, gold) is same


def test_each_gold_value_is_matched_once():
    said = [fact("pain.pain", "缺人"), fact("pain.pain", "缺人")]
    assert len(pair(said, [Gold("pain.pain", "缺人")])) == 1


def test_the_lenient_measures_only_add_free_text():
    gold = [Gold("pain.pain", "夜班新人留不住", words="夜班新来的小孩干三天就跑了")]
    said = [fact("pain.pain", "新来的小孩跑了", "夜班新来的小孩干三天就跑了")]
    assert [len(pair(said, gold, name)) for name in ("value", "fuzzy", "words")] == [0, 0, 1]
    assert pair([fact("budget.amount", "60万")], [Gold("budget.amount", "80万")], "words") == []


def test_a_dialogue_is_scored_as_a_whole_and_traps_are_counted(tmp_path):
    turns = [
        {"speaker": "rep", "name": "甲", "text": "我们报96万"},
        {"speaker": "customer", "name": "乙", "text": "我预算就80万"},
    ]
    gold = {"dimensions": {"budget": [{"slot": "amount", "value": "80万", "turn": 1}]}, "not_gold": [
        {"dimension": "budget", "value": "96万", "turn": 0}
    ]}  # fmt: skip
    path = tmp_path / "dialogues.jsonl"
    path.write_text(
        json.dumps({"id": "x", "turns": turns, "gold": gold}, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    figures = measure(documents(path), FactReader())
    assert figures["slots"]["budget.amount"]["f1_value"] == 1.0
    assert figures["from_rep"] == 0
