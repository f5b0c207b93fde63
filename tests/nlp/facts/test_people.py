"""The decision chain: who, which part, who listens to whom."""

from __future__ import annotations

import pytest

from tests.nlp.facts.reading import facts, values


def chain(text: str, question: str = "") -> dict[str, str | None]:
    return {f.value: f.role for f in facts(text, question) if f.slot == "person"}


@pytest.mark.parametrize(
    ("text", "name", "role"),
    [
        ("最后王总拍板", "王总", "decider"),
        ("我们老板说了算", "老板", "decider"),
        ("分管的邵副总签字", "邵副总（分管）", "decider"),
        ("这事要过董事会", "董事会", "decider"),
        ("财务总监批钱", "财务总监", "budget_holder"),
        ("我老婆管钱", "老婆", "budget_holder"),
        ("采购李姐先审一遍", "李姐（采购）", "gatekeeper"),
        ("信息科那关不好过", "信息科", "gatekeeper"),
        ("张工很支持这个", "张工", "champion"),
        ("车间老蔡肯定不干", "老蔡（车间）", "blocker"),
        ("护士嫌多点一下", "护士", "user"),
        ("技术上他听我的", "本人", "influencer"),
    ],
)
def test_a_person_has_the_part_that_the_words_give(text: str, name: str, role: str):
    assert chain(text) == {name: role}


def test_several_people_keep_their_own_parts():
    text = "采购中心蔡主任主持，最后分管的邵副总签"
    assert chain(text) == {"蔡主任（采购中心）": "gatekeeper", "邵副总（分管）": "decider"}


def test_somebody_spoken_to_has_no_part():
    assert chain("刘工，你们报价发我一份") == {}


def test_the_question_gives_the_part():
    assert chain("陈总，邱总监那边先过一道", "这事最后谁签字？")["陈总"] == "decider"


@pytest.mark.parametrize(
    ("slot", "text", "value"),
    [
        ("influences", "我们老板只听他大舅哥的", "大舅哥→老板"),
        ("influences", "邵总那儿我可以帮着讲", "本人→邵总"),
        ("reports_to", "我归行政尹总管", "本人→尹总"),
        ("reports_to", "我上头是工程部晏经理", "本人→晏经理"),
    ],
)
def test_who_listens_to_whom(slot: str, text: str, value: str):
    assert value in values(f"decision_chain.{slot}", text)
