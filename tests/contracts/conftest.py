"""A tiny transformer with random weights, built here: the real code path without any download."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny_transformer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("sentence_transformers", reason="needs the extra `embeddings`")
    from tests.nlp.tiny import build_tiny_transformer

    return build_tiny_transformer(tmp_path_factory.mktemp("tiny"))
