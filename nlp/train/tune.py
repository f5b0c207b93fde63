"""Tune the encoder end to end: objections, needs and the words that show them, over one BERT.

Three linear heads read the encoder: the sentence vector says which objections and needs a message
holds, the token vectors say which of its words show them. The heads only steer the tuning and are
thrown away; those that ship are fitted afterwards by `nlp.train.heads`.

The lower layers stay as they came: what they make of each line is computed once, so a step costs
half, and rare words keep their meaning.
"""

from __future__ import annotations

import itertools
import json
import logging
import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import numpy as np
import torch
from tokenizers import Encoding, Tokenizer
from torch import Tensor, nn
from transformers import BertModel

from nlp.fit import fit_dense
from nlp.reading import Tokens
from nlp.train.examples import NEEDS, OBJECTIONS, Example, Marked, targets

log = logging.getLogger(__name__)
CODES = OBJECTIONS + NEEDS
PREFIX = "query: "
WARM_LINES = 3000  # enough to start from; a pass over all would take as long as a third of an epoch
SHARP = 20.0  # unit vectors lie close together; the heads read them enlarged


@dataclass(frozen=True)
class Recipe:
    epochs: int = 3
    batch: int = 32
    frozen_layers: int = 4
    encoder_rate: float = 1e-4
    head_rate: float = 5e-4
    warmup: float = 0.1
    need_weight: float = 0.5
    word_weight: float = 1.0
    max_tokens: int = 128
    seed: int = 20


class MeaningModel(nn.Module):
    """The upper layers with the heads; vectors come out as in use: mean, then length 1."""

    def __init__(self, bert: BertModel, frozen_layers: int) -> None:
        super().__init__()
        width = bert.config.hidden_size
        self.layers = nn.ModuleList(bert.encoder.layer[frozen_layers:])
        self.message_head = nn.Linear(width, len(CODES))
        self.word_head = nn.Linear(width, len(CODES))

    def vectors(self, lower: Tensor, mask: Tensor, own: Tensor) -> tuple[Tensor, Tensor]:
        """Take what the lower layers made; return unit vectors of messages, and of their tokens.

        All tokens under `mask` are read, those under `own` make the message's vector.
        """
        words = through(self.layers, lower, mask)
        weights = own.unsqueeze(-1).to(words.dtype)
        middle = (words * weights).sum(1) / weights.sum(1)
        return nn.functional.normalize(middle, dim=-1), words

    def forward(self, lower: Tensor, mask: Tensor, own: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits of shape (batch, codes) and (batch, tokens, codes)."""
        vector, words = self.vectors(lower, mask, own)
        return self.message_head(vector * SHARP), self.word_head(words)


def through(layers: Iterable[nn.Module], words: Tensor, mask: Tensor) -> Tensor:
    bias = (1.0 - mask[:, None, None, :].to(words.dtype)) * -1e4
    for layer in layers:
        words = layer(words, bias)
    return words


@dataclass(frozen=True)
class Batch:
    lower: Tensor
    mask: Tensor
    own: Tensor
    labels: Tensor
    words: Tensor
    """(batch, tokens, codes): 1 shows the class, 0 does not, -1 nobody said."""


class LowerLayers:
    """The part of the encoder that is not tuned."""

    def __init__(self, bert: BertModel, tokenizer: Tokenizer, recipe: Recipe) -> None:
        self.bert, self.tokenizer, self.recipe = bert.train(mode=False), tokenizer, recipe
        tokenizer.enable_truncation(recipe.max_tokens)

    def encodings(self, examples: Sequence[Example]) -> list[Encoding]:
        return [self.tokenizer.encode(PREFIX + example.text + example.before) for example in examples]

    @torch.no_grad()
    def outputs(self, encodings: Sequence[Encoding]) -> list[Tensor]:
        """Return one half-precision (tokens, width) a line."""
        found: dict[int, Tensor] = {}
        rows = sorted(range(len(encodings)), key=lambda row: len(encodings[row]))
        for same in by_length(rows, encodings):
            ids = torch.tensor([encodings[row].ids for row in same])
            words = self.bert.embeddings(input_ids=ids)
            words = through(self.bert.encoder.layer[: self.recipe.frozen_layers], words, torch.ones_like(ids))
            found |= dict(zip(same, words.half(), strict=True))
        return [found[row].clone() for row in range(len(encodings))]


def by_length(rows: Sequence[int], encodings: Sequence[Encoding], most: int = 64) -> Iterator[list[int]]:
    """Group sorted rows of one and the same length, so that nothing is padded."""
    for _length, group in itertools.groupby(rows, key=lambda row: len(encodings[row])):
        same = list(group)
        yield from (same[at : at + most] for at in range(0, len(same), most))


def tokens_of(encoding: Encoding, example: Example) -> Tokens:
    return Tokens(encoding.offsets, len(PREFIX), len(example.text))


def word_targets(tokens: Tokens, marks: Sequence[Marked], length: int) -> Tensor:
    goal = torch.full((length, len(CODES)), -1.0)
    for mark in marks:
        column = CODES.index(mark.code)
        for row in tokens.placed():
            start, end = tokens.place(row)
            inside = start < mark.end and end > mark.start
            goal[row, column] = max(goal[row, column].item(), float(inside))
    return goal


def own_mask(tokens: Tokens, length: int) -> Tensor:
    mask = torch.zeros(length, dtype=torch.long)
    mask[tokens.own()] = 1
    return mask


class Batches:
    """Seeded batches of lines of like length: shuffled, yet hardly padded."""

    def __init__(self, lower: LowerLayers, examples: Sequence[Example], recipe: Recipe) -> None:
        self.examples, self.recipe = examples, recipe
        self.encodings = lower.encodings(examples)
        self.lower = lower.outputs(self.encodings)
        self.labels = torch.from_numpy(np.concatenate(targets(examples), axis=1))
        self.order = random.Random(recipe.seed)  # noqa: S311 - reproducible, not secret

    def __len__(self) -> int:
        return math.ceil(len(self.examples) / self.recipe.batch)

    def epoch(self) -> Iterator[Batch]:
        rows = list(range(len(self.examples)))
        self.order.shuffle(rows)
        pool = self.recipe.batch * 16
        chunks = [
            sorted(rows[at : at + pool], key=lambda row: len(self.encodings[row]))
            for at in range(0, len(rows), pool)
        ]
        size = self.recipe.batch
        picks = [chunk[at : at + size] for chunk in chunks for at in range(0, len(chunk), size)]
        self.order.shuffle(picks)
        yield from map(self.batch, picks)

    def batch(self, rows: Sequence[int]) -> Batch:
        chosen = [tokens_of(self.encodings[row], self.examples[row]) for row in rows]
        length = max(len(self.lower[row]) for row in rows)
        lower = nn.utils.rnn.pad_sequence([self.lower[row] for row in rows], batch_first=True).float()
        counts = torch.tensor([len(self.lower[row]) for row in rows])
        mask = (torch.arange(length)[None, :] < counts[:, None]).long()
        marks = [self.examples[row].objection_spans + self.examples[row].needs for row in rows]
        words = torch.stack(
            [word_targets(e, m, length) for e, m in zip(chosen, marks, strict=True)],
        )
        own = torch.stack([own_mask(tokens, length) for tokens in chosen])
        return Batch(lower, mask, own, self.labels[list(rows)], words)


def loss_of(model: MeaningModel, batch: Batch, recipe: Recipe) -> Tensor:
    message, words = model(batch.lower, batch.mask, batch.own)
    weights = torch.tensor([1.0] * len(OBJECTIONS) + [recipe.need_weight] * len(NEEDS))
    bce = nn.functional.binary_cross_entropy_with_logits
    total = (bce(message, batch.labels, reduction="none") * weights).sum(1).mean()
    known = batch.words >= 0
    if known.any():
        total = total + recipe.word_weight * bce(words[known], batch.words[known])
    return total


def optimizer_of(model: MeaningModel, recipe: Recipe) -> torch.optim.Optimizer:
    heads = [*model.message_head.parameters(), *model.word_head.parameters()]
    return torch.optim.AdamW(
        [
            {"params": model.layers.parameters(), "lr": recipe.encoder_rate},
            {"params": heads, "lr": recipe.head_rate},
        ],
        weight_decay=0.01,
    )


def rate_at(step: int, steps: int, warmup: float) -> float:
    rise = max(1, int(steps * warmup))
    return (step + 1) / rise if step < rise else max(0.0, (steps - step) / (steps - rise))


def tune(bert: BertModel, tokenizer: Tokenizer, examples: Sequence[Example], recipe: Recipe) -> BertModel:
    """Tune the upper layers of `bert` in place. The same seed, data and threads give the same weights."""
    torch.manual_seed(recipe.seed)
    batches = Batches(LowerLayers(bert, tokenizer, recipe), examples, recipe)
    model = MeaningModel(bert, recipe.frozen_layers)
    warm_start(model.train(mode=False), batches)
    model.train()
    optimizer = optimizer_of(model, recipe)
    steps = recipe.epochs * len(batches)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: rate_at(s, steps, recipe.warmup))
    for epoch in range(recipe.epochs):
        losses: list[float] = []
        for batch in batches.epoch():
            losses.append(learn(model, batch, optimizer, recipe))
            schedule.step()
            if len(losses) % 10 == 0:
                log.info(
                    "tuning.step epoch=%d step=%d/%d loss=%.3f",
                    epoch,
                    len(losses),
                    len(batches),
                    mean(losses[-10:]),
                )
        log.info("tuning.epoch_ended epoch=%d loss=%.4f", epoch, mean(losses))
    bert.train(mode=False)
    return bert


@torch.no_grad()
def warm_start(model: MeaningModel, batches: Batches) -> None:
    """Begin with the heads that suit the untuned encoder, so that no step is spent on finding them."""
    every = max(1, len(batches.examples) // WARM_LINES)
    rows = sorted(range(0, len(batches.examples), every), key=lambda row: len(batches.lower[row]))
    size = 2 * batches.recipe.batch
    parts = [batches.batch(rows[at : at + size]) for at in range(0, len(rows), size)]
    vectors = torch.cat([model.vectors(part.lower, part.mask, part.own)[0] for part in parts])
    head = fit_dense(vectors.numpy(), torch.cat([part.labels for part in parts]).numpy())
    model.message_head.weight.copy_(torch.from_numpy(head.weights.T.copy()) / SHARP)
    model.message_head.bias.copy_(torch.from_numpy(head.bias))


def learn(model: MeaningModel, batch: Batch, optimizer: torch.optim.Optimizer, recipe: Recipe) -> float:
    loss = loss_of(model, batch, recipe)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()


def save_encoder(bert: BertModel, folder: Path, recipe: Recipe) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    bert.save_pretrained(folder)
    (folder / "recipe.json").write_text(json.dumps(recipe.__dict__, indent=1), encoding="utf-8")
