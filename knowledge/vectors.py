"""Vectors of the entries' texts, kept beside the data so that a restart does not encode them again."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from knowledge.lexical import Floats


def read_vectors(file: Path, encoder_name: str) -> dict[str, Floats]:
    """Return what an encoder of this name made of each text; empty when the file cannot serve."""
    try:
        with file.open("rb") as source, np.load(source, allow_pickle=False) as kept:
            if kept["encoder"].item() != encoder_name:
                return {}
            return dict(zip(kept["texts"].tolist(), kept["rows"], strict=True))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}


def write_vectors(file: Path, encoder_name: str, vectors: Mapping[str, Floats]) -> None:
    """Keep them; a reader sees the old file or the new one, never half of one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f"{file.name}.{os.getpid()}")
    with unfinished.open("wb") as target:
        rows = np.stack(list(vectors.values()))
        np.savez(target, encoder=np.array(encoder_name), texts=np.array(list(vectors)), rows=rows)
    unfinished.replace(file)
