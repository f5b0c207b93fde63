"""Linear heads over the encoder's vectors and the n-grams: from a reading to a probability a class.

`logit = encoder_weight * dense + ngram_weight * sparse + any_weight * (the same for "any class")
+ shift of the class`; the four kinds of numbers are fitted on scores of lines that the heads had
not seen, so the logistic of it is a calibrated probability.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nlp.ngrams import Row, Vocabulary
from nlp.reading import Floats, Reading

WEIGHTS_FILE = "heads.npz"
NUMBERS_FILE = "heads.json"
NGRAMS_FILE = "ngrams.json"
SHADES = ("stated", "severity", "kinds")


@dataclass(frozen=True)
class Linear:
    """`weights` (inputs, outputs) and `bias` (outputs,)."""

    weights: Floats
    bias: Floats

    def dense(self, rows: Floats) -> Floats:
        scores: Floats = rows @ self.weights + self.bias
        return scores

    def sparse(self, row: Row) -> Floats:
        scores: Floats = row.values @ self.weights[row.columns] + self.bias
        return scores

    def loudest(self, rows: Sequence[Row]) -> Floats:
        """Return each output's greatest score over a text and its clauses."""
        scores: Floats = np.max([self.sparse(row) for row in rows], axis=0)
        return scores


@dataclass(frozen=True)
class Calibration:
    """How the two scores become one probability, and from which probability on a class counts."""

    encoder_weight: float
    ngram_weight: float
    any_weight: float
    shifts: tuple[float, ...]
    thresholds: tuple[float, ...]

    def logits(self, dense: Floats, sparse: Floats) -> Floats:
        """Take scores (…, classes + 1), the last column being "any class"; return (…, classes)."""
        mixed = self.encoder_weight * dense + self.ngram_weight * sparse
        together = mixed[..., :-1] + self.any_weight * mixed[..., -1:] + np.array(self.shifts)
        logits: Floats = together.astype(np.float32)
        return logits

    def chances(self, dense: Floats, sparse: Floats) -> Floats:
        """Return one probability a class for the same scores."""
        logits = np.clip(self.logits(dense, sparse), -30, 30)
        return (1 / (1 + np.exp(-logits))).astype(np.float32)


@dataclass(frozen=True)
class Heads:
    """All that is fitted for one list of classes.

    `dense` and `sparse` have one output a class and a last one for "any class"; `words` reads
    which tokens show a class (tokens inside its evidence against the others of the message).
    """

    codes: tuple[str, ...]
    dense: Linear
    sparse: Linear
    words: Linear
    calibration: Calibration

    def probabilities(self, reading: Reading, rows: Sequence[Row]) -> Floats:
        """Return one calibrated probability a class."""
        return self.calibration.chances(self.dense.dense(reading.vector), self.sparse.loudest(rows))

    def over_threshold(self, probabilities: Floats) -> list[int]:
        """Return the columns that count, most certain first."""
        limits = np.array(self.calibration.thresholds, np.float32)
        return sorted(np.flatnonzero(probabilities >= limits).tolist(), key=lambda at: -probabilities[at])


@dataclass(frozen=True)
class Fitted:
    """Everything in a model folder beside the encoder.

    `stated` reads explicit from implicit needs; `severity` and `kinds` see `nlp.shades`.
    """

    vocabulary: Vocabulary
    objections: Heads
    needs: Heads
    stated: Linear
    severity: Linear
    kinds: Linear


def save_fitted(fitted: Fitted, folder: Path) -> None:
    """Write the fitted numbers as .npz and JSON; nothing in them can run."""
    arrays: dict[str, Any] = {}
    numbers: dict[str, Any] = {}
    for name, heads in (("objections", fitted.objections), ("needs", fitted.needs)):
        for part in ("dense", "sparse", "words"):
            put_linear(arrays, f"{name}.{part}", getattr(heads, part))
        numbers[name] = {"codes": heads.codes, "calibration": asdict(heads.calibration)}
    for name in SHADES:
        put_linear(arrays, name, getattr(fitted, name))
    arrays["idf"] = fitted.vocabulary.idf.astype(np.float16)
    np.savez_compressed(folder / WEIGHTS_FILE, **arrays)
    (folder / NUMBERS_FILE).write_text(json.dumps(numbers, indent=1), encoding="utf-8")
    (folder / NGRAMS_FILE).write_text(
        json.dumps(fitted.vocabulary.runs, ensure_ascii=False), encoding="utf-8"
    )


def put_linear(arrays: dict[str, Any], name: str, linear: Linear) -> None:
    arrays[f"{name}.weights"] = linear.weights.astype(np.float16)
    arrays[f"{name}.bias"] = linear.bias.astype(np.float32)


def load_fitted(folder: Path) -> Fitted:
    """Read what `save_fitted` wrote."""
    numbers = json.loads((folder / NUMBERS_FILE).read_text(encoding="utf-8"))
    runs = tuple(json.loads((folder / NGRAMS_FILE).read_text(encoding="utf-8")))
    with np.load(folder / WEIGHTS_FILE, allow_pickle=False) as file:
        arrays = {name: file[name].astype(np.float32) for name in file.files}
    return Fitted(
        vocabulary=Vocabulary(runs, arrays["idf"]),
        objections=take_heads(arrays, "objections", numbers["objections"]),
        needs=take_heads(arrays, "needs", numbers["needs"]),
        **{name: take_linear(arrays, name) for name in SHADES},
    )


def take_heads(arrays: dict[str, Floats], name: str, numbers: dict[str, Any]) -> Heads:
    parts = {part: take_linear(arrays, f"{name}.{part}") for part in ("dense", "sparse", "words")}
    return Heads(tuple(numbers["codes"]), **parts, calibration=take_calibration(numbers["calibration"]))


def take_calibration(numbers: dict[str, Any]) -> Calibration:
    lists = {"shifts": tuple(numbers["shifts"]), "thresholds": tuple(numbers["thresholds"])}
    return Calibration(**(numbers | lists))


def take_linear(arrays: dict[str, Floats], name: str) -> Linear:
    return Linear(arrays[f"{name}.weights"], arrays[f"{name}.bias"])
