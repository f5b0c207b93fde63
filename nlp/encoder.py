"""The encoder that ships: int8 ONNX on one thread, no torch, no hub, checked before it is used."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from bot.errors import FixSettings
from nlp.reading import Floats, Reading, unit, without_surrogates

ENCODER_FILE = "encoder.int8.onnx"
TOKENIZER_FILE = "tokenizer.json"
MANIFEST_FILE = "manifest.json"
MAX_TOKENS = 256
TOKENS_PER_BATCH = 1024
PAD = 1


@dataclass(frozen=True)
class Manifest:
    """What a model folder holds: the sha256 of each file, and how texts are put to the encoder."""

    prefix: str
    dimensions: int
    files: dict[str, str]

    @property
    def version(self) -> str:
        """Name the weights and data by what they are: twelve hex digits over all files."""
        joined = "".join(f"{name}:{digest}" for name, digest in sorted(self.files.items()))
        return hashlib.sha256(joined.encode()).hexdigest()[:12]


def read_manifest(folder: Path) -> Manifest:
    """Read and check a model folder. Raises FixSettings when a file is missing or not as made."""
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8")))
        for name, digest in manifest.files.items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
                raise FixSettings(f"the model file {name} is not the one that was shipped")
    except FileNotFoundError as missing:
        raise FixSettings(f"the model folder lacks {Path(missing.filename).name}") from missing
    return manifest


def open_session(file: Path) -> onnxruntime.InferenceSession:
    """One thread that sleeps while it waits: two spinning ones slow each other thirtyfold."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


class OnnxEncoder:
    """Texts to vectors of length 1: the mean of the last layer over all tokens. Thread-safe."""

    def __init__(self, session: onnxruntime.InferenceSession, tokenizer: Tokenizer, *, name: str, prefix: str) -> None:
        self.name = name
        self.prefix = prefix
        self.dimensions: int = session.get_outputs()[0].shape[-1]
        self.session = session
        self.tokenizer = tokenizer
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_TOKENS)

    @classmethod
    def load(cls, folder: Path) -> OnnxEncoder:
        """Open a checked model folder."""
        manifest = read_manifest(folder)
        return cls.open(folder / ENCODER_FILE, folder / TOKENIZER_FILE, prefix=manifest.prefix)

    @classmethod
    def open(cls, graph: Path, tokenizer: Path, *, prefix: str) -> OnnxEncoder:
        digest = hashlib.sha256(graph.read_bytes()).hexdigest()[:12]
        tokens = Tokenizer.from_file(str(tokenizer))
        return cls(open_session(graph), tokens, name=f"wenzhen-{digest}", prefix=prefix)

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return float32 (len(texts), dimensions), each row of length 1."""
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for row, _encoding, words in self.forward(texts):
            vectors[row] = words.mean(0)
        return unit(vectors)

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Return one reading per text, in order."""
        readings: dict[int, Reading] = {}
        for row, encoding, words in self.forward(texts):
            kept, places = self.placed(encoding)
            readings[row] = Reading(texts[row], unit(words.mean(0)), words[kept], places)
        return [readings[row] for row in range(len(texts))]

    def placed(self, encoding: Encoding) -> tuple[list[int], tuple[tuple[int, int], ...]]:
        """Find the tokens that stand for characters of the text, behind the prefix."""
        shift = len(self.prefix)
        moved = [(start - shift, end - shift) for start, end in encoding.offsets]
        kept = [row for row, (start, end) in enumerate(moved) if 0 <= start < end]
        return kept, tuple(moved[row] for row in kept)

    def forward(self, texts: Sequence[str]) -> Iterator[tuple[int, Encoding, Floats]]:
        """Yield row, encoding and token vectors, shortest first, so that little is padding."""
        encodings = [self.tokenizer.encode(self.prefix + without_surrogates(text)) for text in texts]
        for rows in batches_by_length([len(encoding) for encoding in encodings]):
            words = self.run([encodings[row] for row in rows])
            for at, row in enumerate(rows):
                yield row, encodings[row], words[at, : len(encodings[row])]

    def run(self, encodings: Sequence[Encoding]) -> Floats:
        ids, mask = padded([encoding.ids for encoding in encodings])
        words: Floats = self.session.run(["words"], {"ids": ids, "mask": mask})[0]
        return words


def padded(rows: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return ids and mask of shape (rows, longest row)."""
    longest = max(map(len, rows))
    ids = np.full((len(rows), longest), PAD, np.int64)
    mask = np.zeros((len(rows), longest), np.int64)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = row
        mask[at, : len(row)] = 1
    return ids, mask


def batches_by_length(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Group row numbers, shortest first, so that rows times longest stays within the budget."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: lengths[row]):
        if batch and (len(batch) + 1) * lengths[row] > TOKENS_PER_BATCH:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
