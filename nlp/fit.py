"""Fit the heads to labelled lines: in seconds, at run time too (scikit-learn is loaded only here)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nlp.heads import Calibration, Linear
from nlp.ngrams import Row
from nlp.reading import Floats

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

DENSE_STRENGTH = 0.05
DENSE_SCALE = 8.0
SPARSE_STRENGTH = 8.0
WORD_STRENGTH = 0.05
ROUNDS = 100
WORTH = 0.01  # share of F1 given for a higher threshold: a false alarm costs a rep's attention


@dataclass(frozen=True)
class Scores:
    """What the heads said of lines they had not seen; (lines, classes + 1) each."""

    dense: Floats
    sparse: Floats


def with_any(labels: Floats) -> Floats:
    """Add the column "any class"."""
    return np.concatenate([labels, labels.max(1, keepdims=True)], axis=1)


def sparse_matrix(rows: Sequence[Row], width: int) -> csr_matrix:
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - only fitting needs it

    edges = np.cumsum([0, *(len(row.columns) for row in rows)])
    columns = np.concatenate([row.columns for row in rows])
    values = np.concatenate([row.values for row in rows])
    return csr_matrix((values, columns, edges), shape=(len(rows), width))


def fit_linear(features: Any, labels: Floats, strength: float, known: Floats | None = None) -> Linear:
    """Fit one logistic regression a column, all columns at once by L-BFGS.

    `features` is a dense or sparse matrix (lines, inputs); `known` (lines, columns) is 0 where a
    line says nothing about a column. A greater `strength` allows greater weights.
    """
    from scipy.optimize import minimize  # noqa: PLC0415 - only fitting needs it

    inputs, columns = features.shape[1], labels.shape[1]
    weigh = np.ones_like(labels) if known is None else known

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights, bias = unfold(flat, inputs)
        scores = features @ weights + bias
        slope = weigh * (1 / (1 + np.exp(-scores)) - labels)
        gradient = np.vstack([features.T @ slope + weights / strength, slope.sum(0)])
        total = (weigh * (np.logaddexp(0, scores) - labels * scores)).sum() + (weights**2).sum() / (
            2 * strength
        )
        return float(total), gradient.astype(np.float64).ravel()

    start = np.zeros((inputs + 1, columns))
    start[-1] = -2.0
    best = minimize(
        loss, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS, "maxcor": 10}
    )
    return Linear(*unfold(best.x, inputs))


def unfold(flat: NDArray[np.float64], inputs: int) -> tuple[Floats, Floats]:
    table = flat.reshape(inputs + 1, -1).astype(np.float32)
    return table[:-1], table[-1]


def fit_dense(vectors: Floats, labels: Floats) -> Linear:
    """Fit on vectors moved to their mean and enlarged, which suits any encoder; then fold that in."""
    centre = vectors.mean(0)
    fitted = fit_linear((vectors - centre) * DENSE_SCALE, labels, DENSE_STRENGTH)
    weights = fitted.weights * DENSE_SCALE
    return Linear(weights, fitted.bias - centre @ weights)


def fit_calibration(scores: Scores, labels: Floats, *, shrink: float = 20.0) -> Calibration:
    """Learn the mix on unseen scores: three weights for all classes together, one shift a class."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - only fitting needs it

    lines, classes = labels.shape
    both = np.stack([scores.dense, scores.sparse], axis=-1)
    own = both[:, :-1].reshape(lines * classes, 2)
    some = np.repeat(both[:, -1:], classes, axis=1).reshape(lines * classes, 2)
    which = np.tile(np.eye(classes, dtype=np.float32), (lines, 1))
    features = np.concatenate([own, some, which], axis=1)
    model = LogisticRegression(C=shrink, solver="lbfgs", max_iter=500)
    model.fit(features, labels.reshape(-1))
    dense, sparse, any_dense, any_sparse = model.coef_[0][:4]
    any_weight = (any_dense + any_sparse) / (dense + sparse)
    shifts = model.coef_[0][4:] + model.intercept_[0]
    rough = Calibration(float(dense), float(sparse), float(any_weight), tuple(shifts.tolist()), ())
    return replace(rough, thresholds=fit_thresholds(rough.chances(scores.dense, scores.sparse), labels))


def f1_at(chances: NDArray[Any], goal: NDArray[Any], limits: NDArray[Any]) -> NDArray[Any]:
    """Return F1 at each limit for one class."""
    flagged = chances[None, :] >= limits[:, None]
    hits = (flagged & (goal[None, :] > 0)).sum(1)
    scores: NDArray[Any] = 2 * hits / np.maximum(flagged.sum(1) + goal.sum(), 1)
    return scores


def fit_thresholds(chances: Floats, labels: Floats, *, prior: float = 100.0) -> tuple[float, ...]:
    """Choose each class's threshold by F1, drawn towards the common one the fewer examples it has.

    Of thresholds with nearly the same F1 the highest is taken.
    """
    limits = np.arange(0.10, 0.91, 0.01)
    curves = np.stack([f1_at(chances[:, c], labels[:, c], limits) for c in range(labels.shape[1])])
    common = highest_good(limits, curves.mean(0))
    own = np.array([highest_good(limits, curve) for curve in curves])
    counts = labels.sum(0)
    share = counts / (counts + prior)
    return tuple(float(value) for value in np.round(share * own + (1 - share) * common, 3))


def highest_good(limits: NDArray[Any], curve: NDArray[Any]) -> float:
    return float(limits[np.flatnonzero(curve >= (1 - WORTH) * curve.max())[-1]])
