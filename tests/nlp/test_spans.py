"""Evidence is an exact, trimmed, never empty piece of the message."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nlp.heads import Linear
from nlp.reading import Reading, Said
from nlp.spans import best_stretch, evidence_for, trimmed, whole_clauses
from tests.nlp.fakes import LetterEncoder


def test_the_stretch_bridges_a_weak_word_between_strong_ones():
    assert best_stretch(np.array([-1, 2, -0.5, 2, -3, 1], np.float32)) == (1, 4)


def test_one_word_is_found_even_where_all_speak_against():
    assert best_stretch(np.array([-3, -1, -2], np.float32)) == (1, 2)


@given(st.lists(st.floats(-5, 5, width=16), min_size=1, max_size=12))
def test_no_other_stretch_has_a_greater_sum(scores: list[float]):
    first, after = best_stretch(np.array(scores, np.float32))
    best = sum(scores[first:after])
    others = [sum(scores[a:b]) for a in range(len(scores)) for b in range(a + 1, len(scores) + 1)]
    assert best >= max(others) - 1e-3


def test_a_stretch_is_widened_to_the_clauses_that_it_touches():
    text = "好的，价格比别家高了三成，先这样"
    assert text[slice(*whole_clauses(text, 5, 7))] == "价格比别家高了三成"
    assert text[slice(*whole_clauses(text, 11, 14))] == "价格比别家高了三成，先这样"


def test_punctuation_at_the_edges_is_left_out():
    text = "好的，价格太高，"
    assert text[slice(*trimmed(text, 2, len(text)))] == "价格太高"
    assert trimmed("……", 0, 2) == (0, 2)


@given(st.text(max_size=30), st.integers(0, 9))
def test_evidence_is_an_exact_piece_of_the_text(text: str, seed: int):
    weights = np.random.default_rng(seed).normal(size=(16, 1)).astype(np.float32)
    reading = LetterEncoder().reading(Said(text))
    evidence = evidence_for(reading, Linear(weights, np.zeros(1, np.float32)), 0)
    assert evidence.text == text[evidence.start : evidence.end]
    assert evidence.text or not text


def test_a_text_without_tokens_is_its_own_evidence():
    reading = Reading("  ", np.zeros(16, np.float32), np.zeros((0, 16), np.float32), ())
    evidence = evidence_for(reading, Linear(np.zeros((16, 1), np.float32), np.zeros(1, np.float32)), 0)
    assert (evidence.start, evidence.end) == (0, 2)
