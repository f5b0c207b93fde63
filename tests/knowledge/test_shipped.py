"""The entries that ship, found by the encoder that ships."""

from __future__ import annotations

import numpy as np
import pytest

from bot.domain.suggestion import Query
from knowledge.entries import load_entries
from knowledge.evaluate import evaluate_retrieval
from knowledge.industries import load_industries
from knowledge.retrieval import HybridRetriever
from nlp.loading import load_encoder


class RememberingEncoder:
    """Encodes each text once."""

    def __init__(self, encoder) -> None:
        self.name = encoder.name
        self.dimensions = encoder.dimensions
        self._encoder = encoder
        self._seen: dict[str, np.ndarray] = {}

    def encode(self, texts):
        new = [text for text in dict.fromkeys(texts) if text not in self._seen]
        self._seen |= dict(zip(new, self._encoder.encode(new), strict=True)) if new else {}
        return np.stack([self._seen[text] for text in texts])


@pytest.fixture(scope="module")
def encoder():
    return RememberingEncoder(load_encoder())


@pytest.mark.slow
def test_held_back_examples_find_their_entry_far_above_chance(encoder):
    figures = evaluate_retrieval(load_entries(), encoder, load_industries())
    assert figures["all"]["chance_at_3"] < 0.20
    assert figures["all"]["recall_at_3"] >= 0.70
    assert figures["industry_given"]["recall_at_3"] >= 0.90


@pytest.mark.slow
def test_the_line_of_three_doubts_gets_a_reply_to_each(encoder):
    retriever = HybridRetriever(load_entries(), encoder, load_industries())
    classes = ("price", "competitor", "delivery")
    found = retriever.retrieve(
        Query(text="你们这个价格比别家高了快三成,而且等货要三个月", objections=classes)
    )
    assert tuple(passage.objection for passage in found) == classes
    assert len({passage.reply for passage in found}) == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "objection", "entry_id"),
    [
        ("耗材进院要器械委员会投票，我们科主任也就是个提申请的", "authority", "authority-04"),
        ("上次换系统，财务连着二十天对账到半夜，谁再提搬数据她们集体辞职", "delivery", "delivery-03"),
        ("三年起签，中间还不许减帐号，绑得太死", "contract", "contract-04"),
        ("今年信息化那笔钱五月份就花完了,一分没剩", "budget", "budget-01"),
    ],
)
def test_a_line_from_the_development_set_finds_the_entry_that_is_about_it(encoder, text, objection, entry_id):
    retriever = HybridRetriever(load_entries(), encoder, load_industries())
    assert retriever.retrieve(Query(text=text, objections=(objection,)))[0].entry_id == entry_id
