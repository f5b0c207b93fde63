"""Fit the clause model on the corpus: `python -m nlp.facts.train [CORPUS_FOLDER]` writes `slots.npz`.

Thresholds come from cross-fitted probabilities (five folds, whole messages), shrunk towards the common
one where a slot has few examples. The same five models also give the cross-checked figures that are
printed: each labelled line is read with a model that has not seen it. Seeded; minutes on one core.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from nlp.facts.examples import LABELLED, Example, load, without_facts
from nlp.facts.features import passage_vectors, width
from nlp.facts.model import ClauseModel, save
from nlp.facts.reader import FactReader
from nlp.facts.score import Tallies, document_of

FOLDS = 5
_SEED = 7
_STRENGTH = 10.0
_POSITIVE_WEIGHT = 4.0
_FEWEST = 8
_SHRINK = 20.0
_GRID = np.arange(0.05, 0.9, 0.03)

Bools = npt.NDArray[np.bool_]
Doubles = npt.NDArray[np.float64]


def folds(count: int, parts: int = FOLDS) -> npt.NDArray[np.int64]:
    """Return the fold of each of `count` messages, shuffled by a fixed seed."""
    return np.random.default_rng(_SEED).permutation(count) % parts


def matrix(examples: Sequence[Example]) -> tuple[Any, npt.NDArray[np.int64], list[set[str]]]:
    """Return the clause matrix, the message that each clause belongs to, and its slots."""
    indices, values, starts, owners, labels = [], [], [0], [], []
    for number, example in enumerate(examples):
        passage = example.passage
        for columns, weights in passage_vectors([c.text for c in passage.clauses], passage.question):
            indices.append(columns)
            values.append(weights)
            starts.append(starts[-1] + len(columns))
            owners.append(number)
        labels += example.clause_slots()
    data = csr_matrix((np.concatenate(values), np.concatenate(indices), starts), shape=(len(owners), width()))
    return data, np.array(owners), labels


@dataclass(frozen=True)
class Fitted:
    """The model on all examples, and the fold models: `apart[i]` has not seen the messages of fold i."""

    model: ClauseModel
    apart: tuple[ClauseModel, ...]


def fit(examples: Sequence[Example]) -> Fitted:
    """Fit on customer examples; thresholds are cross-fitted."""
    data, owners, labels = matrix(examples)
    slots = _slots(labels)
    truth = np.array([[slot in found for slot in slots] for found in labels])
    scores = np.zeros(truth.shape)
    fold = folds(len(examples))[owners]
    learned = []
    for part in range(FOLDS):
        weights, bias = _regress(data[fold != part], truth[fold != part])
        scores[fold == part] = 1 / (1 + np.exp(-(data[fold == part] @ weights + bias)))
        learned.append((weights, bias))
    thresholds = _thresholds(scores, truth)
    models = [
        ClauseModel(tuple(slots), weights.astype(np.float32), bias.astype(np.float32), thresholds)
        for weights, bias in [*learned, _regress(data, truth)]
    ]
    return Fitted(models[-1], tuple(models[:-1]))


def cross_check(examples: Sequence[Example], apart: Sequence[ClauseModel]) -> dict[str, Any]:
    """Return the figures of `score` with every labelled message read by the model that has not seen it."""
    readers = [FactReader(model) for model in apart]
    tallies = Tallies()
    for example, part in zip(examples, folds(len(examples)), strict=True):
        if example.source in LABELLED:
            tallies.add(document_of(example), readers[part])
    return tallies.summary()


def _slots(labels: Sequence[set[str]]) -> list[str]:
    names = sorted({slot for found in labels for slot in found})
    return [name for name in names if sum(name in found for found in labels) >= _FEWEST]


def _regress(data: Any, truth: Bools) -> tuple[Doubles, Doubles]:
    weights, bias = np.zeros((data.shape[1], truth.shape[1])), np.full(truth.shape[1], -6.0)
    for column in range(truth.shape[1]):
        if truth[:, column].sum() > 1:
            learner = LogisticRegression(
                C=_STRENGTH, solver="liblinear", tol=1e-2, class_weight={0: 1.0, 1: _POSITIVE_WEIGHT}
            )
            learner.fit(data, truth[:, column])
            weights[:, column], bias[column] = learner.coef_[0], learner.intercept_[0]
    return weights, bias


def _thresholds(scores: Doubles, truth: Bools) -> npt.NDArray[np.float32]:
    """Return per slot the threshold of best F1, drawn towards the common one where examples are few."""
    common = _best(scores.ravel(), truth.ravel())
    own = np.array([_best(scores[:, column], truth[:, column]) for column in range(truth.shape[1])])
    weight = truth.sum(axis=0) / (truth.sum(axis=0) + _SHRINK)
    return np.asarray(weight * own + (1 - weight) * common, dtype=np.float32)


def _best(scores: Doubles, truth: Bools) -> float:
    def f1(threshold: float) -> float:
        said = scores >= threshold
        return float(2 * (said & truth).sum() / max(1, said.sum() + truth.sum()))

    return max((float(threshold) for threshold in _GRID), key=f1)


def main(folder: Path) -> None:
    """Fit on the labelled files and the fact-free lines of the others, and write the model."""
    told = [e for e in load(folder) if e.utterance.speaker == "customer"]
    examples = [*told, *without_facts(folder)]
    fitted = fit(examples)
    save(fitted.model, str(Path(__file__).with_name("slots.npz")))
    sys.stdout.write(json.dumps(cross_check(examples, fitted.apart), ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "corpus")
