"""Any sentence-transformers model by name or folder, behind the same contract (extra `embeddings`)."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from bot.errors import FixSettings
from nlp.reading import Floats, Reading, Said, unit, without_surrogates

BATCH = 32


class SentenceTransformerEncoder:
    """Texts to vectors of length 1 by a model of others (bge, gte, Qwen3, …), on one CPU thread.

    `prefix` is put before each text, as some models ask for (`query: `). A folder is read as it
    is; a name may make the library ask a model hub.
    """

    def __init__(self, name_or_folder: str, *, prefix: str = "") -> None:
        self.name = f"{name_or_folder}|{prefix}" if prefix else name_or_folder
        self.prefix = prefix
        self.model = open_model(name_or_folder)
        self.dimensions: int = self.model.encode(["。"]).shape[1]

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return float32 (len(texts), dimensions), each row of length 1."""
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        rows = self.model.encode(
            self.framed(texts), batch_size=BATCH, convert_to_numpy=True, show_progress_bar=False
        )
        return unit(np.asarray(rows, np.float32))

    def read(self, messages: Sequence[Said]) -> list[Reading]:
        """Return one reading per message, in order.

        What was said before is left out: how such a model pools is its own affair.
        """
        texts = [message.text for message in messages]
        return [
            reading for at in range(0, len(texts), BATCH) for reading in self.part(texts[at : at + BATCH])
        ]

    def part(self, texts: Sequence[str]) -> Iterator[Reading]:
        framed = self.framed(texts)
        outputs = self.model.encode(framed, batch_size=BATCH, output_value=None, show_progress_bar=False)
        places = self.model.tokenizer(framed, return_offsets_mapping=True, truncation=True)["offset_mapping"]
        for text, output, offsets in zip(texts, outputs, places, strict=True):
            words = output["token_embeddings"].float().cpu().numpy()
            moved = [
                (start - len(self.prefix), end - len(self.prefix)) for start, end in offsets[: len(words)]
            ]
            kept = [row for row, (start, end) in enumerate(moved) if 0 <= start < end]
            vector = unit(output["sentence_embedding"].float().cpu().numpy())
            yield Reading(text, vector, words[kept], tuple(moved[row] for row in kept))

    def framed(self, texts: Sequence[str]) -> list[str]:
        return [self.prefix + without_surrogates(text) for text in texts]


def open_model(name_or_folder: str) -> Any:
    """Import the library only here: it takes seconds and a gigabyte. Raises FixSettings without it."""
    try:
        torch = importlib.import_module("torch")
        library = importlib.import_module("sentence_transformers")
    except ModuleNotFoundError as missing:
        raise FixSettings(
            "this model needs the extra `embeddings`: pip install wenzhen[embeddings]"
        ) from missing
    torch.set_num_threads(1)
    return library.SentenceTransformer(name_or_folder, device="cpu")
