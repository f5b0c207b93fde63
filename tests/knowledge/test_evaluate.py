from __future__ import annotations

import numpy as np

from knowledge.evaluate import evaluate_retrieval
from tests.fakes import FakeEncoder
from tests.knowledge.written import entry


class KnowingEncoder:
    """Gives all texts of one entry the same vector."""

    name = "knowing"
    dimensions = 64

    def __init__(self, entries) -> None:
        self.topic = {text: row for row, one in enumerate(entries) for text in (one.when, *one.examples)}

    def encode(self, texts):
        return np.eye(self.dimensions, dtype=np.float32)[[self.topic[text] for text in texts]]


class BlindEncoder(FakeEncoder):
    """Sees no difference between texts."""

    def encode(self, texts):
        return np.full((len(texts), self.dimensions), self.dimensions**-0.5, np.float32)


ENTRIES = [entry(number) for number in range(10)]


def test_an_encoder_that_knows_finds_every_entry():
    figures = evaluate_retrieval(ENTRIES, KnowingEncoder(ENTRIES))
    assert figures["all"]["queries"] == 20
    assert figures["all"]["recall_at_1"] == figures["all"]["recall_at_3"] == figures["all"]["mrr"] == 1.0


def test_the_example_asked_for_is_really_held_back():
    figures = evaluate_retrieval(ENTRIES, BlindEncoder())
    assert figures["all"]["recall_at_1"] == 0.1
    assert figures["all"]["recall_at_3"] == figures["all"]["chance_at_3"] == 0.3


def test_an_entry_that_the_setting_hides_counts_as_not_found():
    bound = [entry(number, industries=("物流",) if number else ("食品",)) for number in range(2)]
    figures = evaluate_retrieval(bound, BlindEncoder())
    assert figures["industry_given"]["recall_at_1"] == 1.0


def test_figures_stand_for_each_class():
    figures = evaluate_retrieval([entry(1), entry(2), entry(1, "trust")], FakeEncoder())
    assert {code: one["queries"] for code, one in figures["classes"].items()} == {"price": 4, "trust": 2}


def test_entries_with_one_example_have_nothing_to_hold_back():
    assert evaluate_retrieval([entry(1, examples=("只有一句",))], FakeEncoder()) == {"all": {"queries": 0}}
