"""The encoder that ships: int8 ONNX on one thread, no torch, no hub, checked before it is used."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Encoding, Tokenizer

from bot.errors import FixSettings
from nlp.reading import Floats, Reading, Said, Tokens, unit, without_surrogates

ENCODER_FILE = "encoder.int8.onnx"
TOKENIZER_FILE = "tokenizer.json"
MANIFEST_FILE = "manifest.json"
MAX_TOKENS = 256


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

    def __init__(
        self, session: onnxruntime.InferenceSession, tokenizer: Tokenizer, *, name: str, prefix: str
    ) -> None:
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
        vectors = [self.forward(Said(text))[1].mean(0) for text in texts]
        return unit(np.stack(vectors)) if vectors else np.zeros((0, self.dimensions), np.float32)

    def read(self, messages: Sequence[Said]) -> list[Reading]:
        """Return one reading per message, in order."""
        return [self.reading(message) for message in messages]

    def reading(self, message: Said) -> Reading:
        encoding, words = self.forward(message)
        tokens = Tokens(encoding.offsets, len(self.prefix), len(message.text))
        kept = tokens.placed()
        places = tuple(tokens.place(row) for row in kept)
        return Reading(message.text, unit(words[tokens.own()].mean(0)), words[kept], places)

    def forward(self, message: Said) -> tuple[Encoding, Floats]:
        """Run one message. Company would change its 8-bit scales, and saves nothing on one thread."""
        framed = self.prefix + without_surrogates(message.text + message.before)
        encoding = self.tokenizer.encode(framed)
        ids = np.array([encoding.ids], np.int64)
        words: Floats = self.session.run(["words"], {"ids": ids, "mask": np.ones_like(ids)})[0]
        return encoding, words[0]
