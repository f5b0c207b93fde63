"""The clause model: for every clause of a message the probability of each slot.

One logistic regression per slot over the sparse vectors of `features`; weights lie in `slots.npz`
(arrays only, nothing pickled) and come from `python -m nlp.facts.train`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from nlp.facts.features import Vector, passage_vectors, width

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class ClauseModel:
    """`weights` has shape (width, slots), `bias` and `thresholds` (slots,); probabilities are 0 to 1."""

    slots: tuple[str, ...]
    weights: Floats
    bias: Floats
    thresholds: Floats

    def score(self, clauses: Sequence[str], question: str = "") -> Floats:
        """Return probabilities of shape (len(clauses), len(slots))."""
        rows = [self._margin(vector) for vector in passage_vectors(clauses, question)]
        margins = np.array(rows, dtype=np.float32).reshape(len(clauses), len(self.slots))
        return np.asarray(1 / (1 + np.exp(-margins)), dtype=np.float32)

    def _margin(self, vector: Vector) -> Floats:
        indices, values = vector
        return np.asarray(values @ self.weights[indices] + self.bias, dtype=np.float32)


@cache
def shipped() -> ClauseModel:
    """Return the model in the package, read once."""
    with resources.files("nlp.facts").joinpath("slots.npz").open("rb") as file:
        held = np.load(file, allow_pickle=False)
        weights = held["weights"].astype(np.float32) * held["scale"]
        model = ClauseModel(tuple(held["slots"].tolist()), weights, held["bias"], held["thresholds"])
    if model.weights.shape != (width(), len(model.slots)):
        raise ValueError("slots.npz was made with other cues: run python -m nlp.facts.train")
    return model


def save(model: ClauseModel, path: str) -> None:
    """Write a model; weights as 8-bit steps of one scale per slot."""
    scale = np.maximum(np.abs(model.weights).max(axis=0), 1e-6) / 127
    steps = np.round(model.weights / scale).astype(np.int8)
    np.savez_compressed(
        path, slots=np.array(model.slots), weights=steps, scale=scale.astype(np.float32),
        bias=model.bias.astype(np.float32), thresholds=model.thresholds.astype(np.float32),
    )  # fmt: skip
