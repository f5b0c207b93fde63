"""The understander: whose words count, order, places, long messages, and one way for one or many."""

from __future__ import annotations

import dataclasses

import pytest

from bot.domain.conversation import Speaker
from bot.domain.understanding import Evidence, Objection, Utterance
from nlp.objections import stalling_alone
from nlp.understander import LocalUnderstander, surest
from tests.nlp.fakes import OneFact

DOUBT = "你们这个价格比别家高了快三成,而且等货要三个月"
CHAT = "好的收到，那我们明天上午十点会议室见。"


def objection(code: str, confidence: float) -> Objection:
    return Objection(code=code, confidence=confidence, evidence=Evidence(text="x", start=0, end=1))


@pytest.mark.parametrize("speaker", [Speaker.REP, Speaker.BOT])
def test_only_a_customers_words_mean_anything(understander: LocalUnderstander, speaker: Speaker):
    (understanding,) = understander.understand([Utterance(text=DOUBT, speaker=speaker)])
    assert (understanding.objections, understanding.needs, understanding.facts) == ((), (), ())


def test_each_utterance_gets_its_answer_in_order(understander: LocalUnderstander):
    texts = [CHAT, DOUBT, "", CHAT, DOUBT]
    answers = understander.understand([Utterance(text=text) for text in texts])
    assert [bool(answer.objections) for answer in answers] == [False, True, False, False, True]
    assert {answer.version for answer in answers} == {understander.version}


def test_many_at_once_are_understood_as_one_by_one(understander: LocalUnderstander):
    utterances = [Utterance(text=text) for text in (DOUBT, CHAT, "我考虑考虑", "预算今年已经用完了")]
    together = understander.understand(utterances)
    alone = [understander.understand([one])[0] for one in utterances]
    assert [[o.code for o in one.objections] for one in together] == [
        [o.code for o in one.objections] for one in alone
    ]


def test_no_utterances_give_no_answers(understander: LocalUnderstander):
    assert understander.understand([]) == []


def test_evidence_is_the_words_at_its_place(understander: LocalUnderstander):
    (understanding,) = understander.understand([Utterance(text="🙂 " + DOUBT)])
    assert understanding.objections
    for one in (*understanding.objections, *understanding.needs):
        assert one.evidence.text == ("🙂 " + DOUBT)[one.evidence.start : one.evidence.end] != ""
        assert 0 < one.confidence <= 1


def test_a_doubt_at_the_end_of_a_long_message_is_heard_in_its_place(understander: LocalUnderstander):
    text = "我们厂在城东，主要做小家电外壳，上个月刚搬到新园区，车间比原来大了一倍。" * 8 + DOUBT
    (understanding,) = understander.understand([Utterance(text=text)])
    price = next(o for o in understanding.objections if o.code == "price")
    assert price.evidence.start >= len(text) - len(DOUBT)
    assert text[price.evidence.start : price.evidence.end] == price.evidence.text


def test_the_same_message_always_means_the_same(understander: LocalUnderstander):
    first, second = (understander.understand([Utterance(text=DOUBT)]) for _ in range(2))
    assert first == second


def test_facts_are_read_from_the_whole_utterance_once(understander: LocalUnderstander):
    facts = OneFact()
    own = LocalUnderstander(understander.encoder, understander.models, facts)
    utterance = Utterance(text=CHAT, at="2026-03-02T09:00:00+08:00")
    (understanding,) = own.understand([utterance])
    assert facts.given == [utterance]
    assert understanding.facts[0].value == CHAT


def test_the_version_names_the_model(understander: LocalUnderstander):
    other = dataclasses.replace(understander.models, version="local-other")
    own = LocalUnderstander(understander.encoder, other, OneFact())
    assert understander.version.startswith("local-")
    assert own.understand([Utterance(text=CHAT)])[0].version == "local-other"


def test_a_put_off_stands_alone_or_gives_way():
    assert [o.code for o in stalling_alone((objection("stalling", 0.9), objection("price", 0.5)))] == [
        "stalling"
    ]
    assert [o.code for o in stalling_alone((objection("price", 0.9), objection("stalling", 0.5)))] == [
        "price"
    ]


def test_a_class_heard_twice_is_kept_where_it_is_surest():
    assert surest([objection("price", 0.5), objection("trust", 0.7), objection("price", 0.8)]) == (
        objection("price", 0.8),
        objection("trust", 0.7),
    )
