"""Fit the heads anew over an encoder and write them with their manifest: needs no torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from nlp.encoder import ENCODER_FILE, MANIFEST_FILE, TOKENIZER_FILE
from nlp.heads import NGRAMS_FILE, NUMBERS_FILE, WEIGHTS_FILE, save_fitted
from nlp.reading import Reader
from nlp.train.examples import folds, load_examples
from nlp.train.heads import fit_all, read_lesson

FOLDS = 6
UNSEEN = (0,)
"""The folds that the encoder is never tuned on: thresholds and confidence are set on them."""
ALL_UNSEEN = (0, 1, 2)
"""For an encoder that saw none of our lines; three folds are enough to calibrate on."""


def refit(encoder: Reader, corpus: Path, target: Path, unseen: Sequence[int]) -> None:
    """Fit all heads on `corpus` as `encoder` reads it, and write them into the model folder `target`."""
    examples = load_examples(corpus)
    lesson = read_lesson(examples, encoder, folds(examples, FOLDS))
    save_fitted(fit_all(lesson, unseen), target)


def write_manifest(folder: Path, prefix: str, dimensions: int) -> None:
    """Name every file by its sha256."""
    names = (ENCODER_FILE, TOKENIZER_FILE, WEIGHTS_FILE, NUMBERS_FILE, NGRAMS_FILE)
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    manifest = {"prefix": prefix, "dimensions": dimensions, "files": files}
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
