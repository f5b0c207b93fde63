"""What is fitted survives saving, and mixing the two readers follows the stated formula."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nlp.heads import Calibration, Fitted, Heads, Linear, load_fitted, save_fitted
from nlp.ngrams import Vocabulary
from nlp.reading import Said
from tests.nlp.fakes import LetterEncoder

RANDOM = np.random.default_rng(3)
VOCABULARY = Vocabulary.learn(["价格太贵", "价格还行"], least=1)


def linear(inputs: int, outputs: int) -> Linear:
    return Linear(RANDOM.normal(size=(inputs, outputs)).astype(np.float32), np.zeros(outputs, np.float32))


def made_heads(thresholds: tuple[float, ...] = (0.5, 0.4)) -> Heads:
    calibration = Calibration(0.7, 1.1, 0.2, (0.1, -0.3), thresholds)
    return Heads(
        ("price", "budget"), linear(16, 3), linear(len(VOCABULARY.runs), 3), linear(16, 2), calibration
    )


def made_fitted() -> Fitted:
    shades = {"stated": linear(16, 1), "severity": linear(16, 3), "kinds": linear(16, 4)}
    return Fitted(VOCABULARY, made_heads(), made_heads(), **shades)


def test_saved_heads_say_the_same(tmp_path: Path):
    fitted = made_fitted()
    save_fitted(fitted, tmp_path)
    again = load_fitted(tmp_path)
    reading, row = LetterEncoder().reading(Said("价格太贵")), VOCABULARY.with_clauses("价格太贵")
    before = fitted.objections.probabilities(reading, row)
    after = again.objections.probabilities(reading, again.vocabulary.with_clauses("价格太贵"))
    assert np.abs(before - after).max() < 0.01
    assert again.objections.codes == ("price", "budget")
    assert again.needs.calibration == fitted.needs.calibration


def test_nothing_saved_can_run(tmp_path: Path):
    save_fitted(made_fitted(), tmp_path)
    with np.load(tmp_path / "heads.npz", allow_pickle=False) as file:
        assert all(file[name].dtype.kind == "f" for name in file.files)


def test_the_mix_is_the_weighted_sum_of_both_readers():
    calibration = Calibration(0.5, 2.0, 0.1, (0.0, 1.0), ())
    logits = calibration.logits(np.array([1.0, 2.0, 4.0], np.float32), np.array([0.0, 1.0, 1.0], np.float32))
    assert logits.tolist() == pytest.approx([0.5 + 0.1 * 4.0, 3.0 + 0.1 * 4.0 + 1.0])


def test_only_classes_over_their_own_threshold_count_surest_first():
    heads = made_heads(thresholds=(0.5, 0.4))
    assert heads.over_threshold(np.array([0.49, 0.45], np.float32)) == [1]
    assert heads.over_threshold(np.array([0.6, 0.9], np.float32)) == [1, 0]
    assert heads.over_threshold(np.array([0.1, 0.1], np.float32)) == []


def test_a_class_is_as_loud_as_its_loudest_clause():
    head = Linear(np.eye(len(VOCABULARY.runs), 2, dtype=np.float32), np.zeros(2, np.float32))
    rows = VOCABULARY.with_clauses("价格还行，价格太贵")
    loudest = head.loudest(rows)
    assert len(rows) == 3
    assert loudest.tolist() == np.max([head.sparse(row) for row in rows], axis=0).tolist()
