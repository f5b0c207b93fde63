"""What every encoder must do, over the fake, the one that ships, and a sentence-transformers model."""

from __future__ import annotations

import numpy as np
import pytest

from nlp.loading import load_encoder
from nlp.reading import Reader, Said, earlier
from tests.nlp.fakes import LetterEncoder

TEXTS = ["价格有点高", "好", "你们这个价格比别家高了快三成，而且等货要三个月", "OK 明天 3 点见 🙂"]


@pytest.fixture(scope="module", params=["fake", "onnx", "sentence-transformers"])
def encoder(request: pytest.FixtureRequest) -> Reader:
    if request.param == "fake":
        return LetterEncoder()
    if request.param == "onnx":
        return load_encoder()
    pytest.importorskip("sentence_transformers", reason="needs the extra `embeddings`")
    from nlp.sentence_transformer import SentenceTransformerEncoder

    return SentenceTransformerEncoder(str(request.getfixturevalue("tiny_transformer")), prefix="query: ")


def test_rows_are_unit_vectors_in_order(encoder: Reader):
    vectors = encoder.encode(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), encoder.dimensions)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    backwards = encoder.encode(TEXTS[::-1])
    assert np.abs(backwards[::-1] - vectors).max() < 0.05


def test_a_text_means_the_same_alone_and_in_company(encoder: Reader):
    together = encoder.encode(TEXTS)
    for row, text in enumerate(TEXTS):
        assert float(encoder.encode([text])[0] @ together[row]) > 0.99


def test_no_texts_give_no_rows(encoder: Reader):
    assert encoder.encode([]).shape == (0, encoder.dimensions)
    assert encoder.read([]) == []


@pytest.mark.parametrize("text", ["", " ", "\ud83d", "a" * 3000, "\u0000"])
def test_odd_texts_still_have_a_meaning(encoder: Reader, text: str):
    vectors = encoder.encode([text])
    assert np.isfinite(vectors).all()
    assert np.linalg.norm(vectors[0]) == pytest.approx(1, abs=1e-4)


def test_a_reading_has_the_same_vector_and_places_in_the_text(encoder: Reader):
    readings = encoder.read([Said(text) for text in TEXTS])
    vectors = encoder.encode(TEXTS)
    for text, reading, vector in zip(TEXTS, readings, vectors, strict=True):
        assert reading.text == text
        assert float(reading.vector @ vector) > 0.99
        assert reading.words.shape == (len(reading.places), encoder.dimensions)
        assert all(0 <= start < end <= len(text) for start, end in reading.places)
        covered = {at for start, end in reading.places for at in range(start, end)}
        assert {at for at, char in enumerate(text) if char.isalnum()} <= covered


def test_what_was_said_before_has_no_place_in_a_reading(encoder: Reader):
    turns = earlier("不行", [(True, "下月能定吗"), (False, "太贵了")])
    alone, later = encoder.read([Said("不行"), Said("不行", turns)])
    assert later.text == alone.text
    assert later.places == alone.places
    assert later.words.shape == alone.words.shape
    assert np.linalg.norm(later.vector) == pytest.approx(1, abs=1e-4)


def test_the_name_tells_encoders_apart(encoder: Reader):
    assert encoder.name
    assert encoder.name != "other"
