"""The steps between the packed weights and the shipped model, each leaving its result in a folder."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import BertModel

from nlp.encoder import ENCODER_FILE, TOKENIZER_FILE, OnnxEncoder
from nlp.train.examples import folds, load_examples
from nlp.train.graph import export
from nlp.train.pristine import pristine_bert
from nlp.train.refit import ALL_UNSEEN, FOLDS, UNSEEN, refit, write_manifest
from nlp.train.tune import PREFIX, Recipe, save_encoder, tune

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Workshop:
    """Where the steps read and write. `build` holds what is not shipped."""

    corpus: Path
    build: Path
    model: Path

    @property
    def tokenizer(self) -> Path:
        return self.model / TOKENIZER_FILE

    @property
    def tuned(self) -> Path:
        return self.build / "tuned"


def tune_step(shop: Workshop, recipe: Recipe, threads: int) -> None:
    """Tune the encoder on all folds that are not kept unseen."""
    torch.set_num_threads(threads)
    examples = load_examples(shop.corpus)
    parts = folds(examples, FOLDS)
    taught = [example for example, part in zip(examples, parts, strict=True) if part not in UNSEEN]
    log.info("tuning.started lines=%d of=%d", len(taught), len(examples))
    tuned = tune(pristine_bert(shop.tokenizer), Tokenizer.from_file(str(shop.tokenizer)), taught, recipe)
    save_encoder(tuned, shop.tuned, recipe)


def export_step(shop: Workshop, *, pristine: bool) -> None:
    """Write the encoder as int8 ONNX into the model folder."""
    if pristine:
        export(pristine_bert(shop.tokenizer), shop.model / ENCODER_FILE)
    else:
        export(BertModel.from_pretrained(shop.tuned, add_pooling_layer=False), shop.model / ENCODER_FILE)


def heads_step(shop: Workshop, *, pristine: bool) -> None:
    """Fit and calibrate the heads over the exported encoder, and write the manifest."""
    encoder = OnnxEncoder.open(shop.model / ENCODER_FILE, shop.tokenizer, prefix=PREFIX)
    refit(encoder, shop.corpus, shop.model, ALL_UNSEEN if pristine else UNSEEN)
    write_manifest(shop.model, PREFIX, encoder.dimensions)
