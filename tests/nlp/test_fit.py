"""Fitting: it learns what can be learned, says nothing of the unknown, and calibrates on unseen scores."""

from __future__ import annotations

import numpy as np
import pytest

from nlp.fit import Scores, fit_calibration, fit_dense, fit_linear, fit_thresholds, sparse_matrix, with_any
from nlp.ngrams import Vocabulary

RANDOM = np.random.default_rng(7)


def lines(count: int = 400) -> tuple[np.ndarray, np.ndarray]:
    features = RANDOM.normal(size=(count, 6)).astype(np.float32)
    labels = np.stack([features[:, 0] > 0.5, features[:, 1] + features[:, 2] > 1], axis=1)
    return features, labels.astype(np.float32)


def test_separable_classes_are_learned():
    features, labels = lines()
    scores = fit_linear(features, labels, 10.0).dense(features)
    assert ((scores > 0) == (labels > 0)).mean() > 0.97


def test_sparse_and_dense_features_give_the_same_heads():
    vocabulary = Vocabulary.learn(["太贵了", "交期长", "太贵啊", "交期久"], least=1)
    rows = vocabulary.rows(["太贵了", "交期长", "太贵啊", "交期久"])
    matrix = sparse_matrix(rows, len(vocabulary.runs))
    labels = np.array([[1], [0], [1], [0]], np.float32)
    one, other = fit_linear(matrix, labels, 5.0), fit_linear(matrix.toarray(), labels, 5.0)
    assert np.abs(one.weights - other.weights).max() < 1e-2
    assert one.sparse(rows[0])[0] == pytest.approx(float(one.dense(matrix.toarray()[0])[0]), abs=1e-4)


def test_lines_that_say_nothing_of_a_class_do_not_teach_it():
    features, labels = lines()
    known = np.ones_like(labels)
    known[200:, 0] = 0
    spoiled = labels.copy()
    spoiled[200:, 0] = 1 - spoiled[200:, 0]
    scores = fit_linear(features, spoiled, 10.0, known).dense(features)
    assert ((scores[:, 0] > 0) == (labels[:, 0] > 0)).mean() > 0.95


def test_dense_heads_do_not_mind_where_the_vectors_lie():
    features, labels = lines()
    near = fit_dense(features, labels).dense(features)
    far = fit_dense(features + 3, labels).dense(features + 3)
    assert np.abs(near - far).max() < 0.5


def noisy_scores(labels: np.ndarray) -> Scores:
    wide = with_any(labels)
    dense, sparse = (wide * 4 - 2 + RANDOM.normal(size=wide.shape) * 2 for _ in range(2))
    return Scores(dense.astype(np.float32), sparse.astype(np.float32))


def test_calibrated_confidence_is_how_often_it_is_right():
    labels = (RANDOM.random((4000, 3)) < 0.15).astype(np.float32)
    scores, later = noisy_scores(labels[:2000]), noisy_scores(labels[2000:])
    calibration = fit_calibration(scores, labels[:2000])
    chances = 1 / (1 + np.exp(-calibration.logits(later.dense, later.sparse)))
    sure = chances > 0.6
    assert abs(chances[sure].mean() - labels[2000:][sure].mean()) < 0.06


def test_rare_classes_keep_close_to_the_common_threshold():
    chances = RANDOM.random((3000, 2)).astype(np.float32)
    labels = np.stack([chances[:, 0] > 0.7, np.zeros(3000)], axis=1).astype(np.float32)
    labels[:2, 1] = 1
    common, rare = fit_thresholds(chances, labels)
    assert common == pytest.approx(0.7, abs=0.02)
    assert abs(rare - 0.7) < 0.05
