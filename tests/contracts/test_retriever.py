"""What every `bot.interfaces.Retriever` keeps, the fake and the real one alike."""

from __future__ import annotations

import pytest

from bot.domain.suggestion import Query
from bot.interfaces import Retriever
from knowledge.retrieval import load_retriever
from tests.fakes import FakeEncoder, FakeRetriever

TEXT = "这个价比别家高了快三成，而且等货要三个月"
CLASSES = ("price", "competitor", "delivery")


@pytest.fixture(scope="module", params=["fake", "hybrid"])
def retriever(request) -> Retriever:
    return FakeRetriever() if request.param == "fake" else load_retriever(FakeEncoder())


@pytest.mark.parametrize("limit", [0, 1, 2, 3])
def test_never_more_than_the_limit(retriever, limit):
    assert len(retriever.retrieve(Query(text=TEXT, objections=CLASSES, limit=limit))) == limit


def test_every_passage_answers_a_class_that_was_asked_for(retriever):
    found = retriever.retrieve(Query(text=TEXT, objections=("price", "delivery"), limit=6))
    assert {passage.objection for passage in found} == {"price", "delivery"}


def test_each_class_is_answered_first_by_its_best_in_the_order_of_the_query(retriever):
    for order in (CLASSES, CLASSES[::-1]):
        found = retriever.retrieve(Query(text=TEXT, objections=order))
        assert tuple(passage.objection for passage in found) == order


def test_scores_fall_and_lie_between_0_and_1(retriever):
    scores = [one.score for one in retriever.retrieve(Query(text=TEXT, objections=CLASSES, limit=9))]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_no_class_no_passage(retriever):
    assert retriever.retrieve(Query(text=TEXT, objections=())) == []


def test_no_entry_comes_twice(retriever):
    found = retriever.retrieve(Query(text=TEXT, objections=CLASSES, limit=30))
    assert len({passage.entry_id for passage in found}) == len(found)


def test_the_same_question_gets_the_same_answer(retriever):
    query = Query(text=TEXT, objections=CLASSES, limit=9)
    assert retriever.retrieve(query) == retriever.retrieve(query)


def test_a_passage_is_ready_to_send_and_says_which_version_it_is(retriever):
    for passage in retriever.retrieve(Query(text=TEXT, objections=CLASSES)):
        assert passage.reply
        assert passage.ask
        assert passage.entry_id
        assert isinstance(passage.version, int)
