"""What every understander must do: one answer each, in order, words as evidence, the rep's own words nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.domain.conversation import Speaker
from bot.domain.understanding import Turn, Utterance
from bot.interfaces import Understander
from bot.packs import load_playbook
from nlp.loading import load_understander
from tests.fakes import FakeUnderstander

TEXTS = ["你们比别家贵太多了，我们只有80万", "好的谢谢", "", "一停线就乱套", "😀" * 50, "a" * 3000]


@pytest.fixture(scope="module", params=["fake", "shipped"])
def understander(request: pytest.FixtureRequest) -> Understander:
    return FakeUnderstander() if request.param == "fake" else load_understander()


def test_each_utterance_gets_one_answer_in_order(understander: Understander) -> None:
    together = understander.understand([Utterance(text=text) for text in TEXTS])
    alone = [understander.understand([Utterance(text=text)])[0] for text in TEXTS]
    assert len(together) == len(TEXTS)
    codes = [[one.code for one in found.objections] for found in together]
    assert codes == [[one.code for one in found.objections] for found in alone]
    assert understander.understand([]) == []


def test_evidence_is_words_of_the_message_and_codes_are_those_of_the_pack(understander: Understander) -> None:
    playbook = load_playbook()
    for text, found in zip(
        TEXTS, understander.understand([Utterance(text=text) for text in TEXTS]), strict=True
    ):
        assert found.version == understander.version
        assert {one.code for one in found.objections} <= set(playbook.objections)
        assert {one.code for one in found.needs} <= set(playbook.needs)
        for fact in found.facts:
            dimension = playbook.dimension(fact.dim)
            assert dimension is not None
            assert fact.slot in dimension.slots
        for one in (*found.objections, *found.needs, *found.facts):
            assert text[one.evidence.start : one.evidence.end] == one.evidence.text != ""
            assert 0 <= one.confidence <= 1


def test_confidence_falls(understander: Understander) -> None:
    (found,) = understander.understand([Utterance(text=TEXTS[0])])
    confidences = [one.confidence for one in found.objections]
    assert confidences == sorted(confidences, reverse=True)
    assert "price" in {one.code for one in found.objections}


def test_a_reps_words_mean_nothing(understander: Understander) -> None:
    (found,) = understander.understand([Utterance(text=TEXTS[0], speaker=Speaker.REP)])
    assert (found.objections, found.needs, found.facts) == ((), (), ())


def test_it_may_be_asked_from_several_threads_at_once(understander: Understander) -> None:
    utterances = [
        Utterance(text=text, context=(Turn(speaker=Speaker.REP, text="您看呢"),)) for text in TEXTS[:4]
    ]
    expected = understander.understand(utterances)
    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(lambda _: understander.understand(utterances), range(4)))
    for result in results:
        assert [len(one.objections) for one in result] == [len(one.objections) for one in expected]
