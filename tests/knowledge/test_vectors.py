from __future__ import annotations

import numpy as np
import pytest

from knowledge.vectors import read_vectors, write_vectors


def test_what_was_written_is_read_again(tmp_path):
    file = tmp_path / "deep" / "vectors.npz"
    write_vectors(
        file, "fake", {"价格": np.array([0.6, 0.8], np.float32), "交期": np.array([1, 0], np.float32)}
    )
    read = read_vectors(file, "fake")
    assert list(read) == ["价格", "交期"]
    assert read["价格"].tolist() == pytest.approx([0.6, 0.8])
    assert [one.name for one in file.parent.iterdir()] == ["vectors.npz"]


def test_another_encoder_gets_nothing_of_it(tmp_path):
    write_vectors(tmp_path / "vectors.npz", "fake", {"价格": np.array([1, 0], np.float32)})
    assert read_vectors(tmp_path / "vectors.npz", "other") == {}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", b"no archive at all"])
def test_a_broken_file_counts_as_none(tmp_path, content):
    (tmp_path / "vectors.npz").write_bytes(content)
    assert read_vectors(tmp_path / "vectors.npz", "fake") == {}


def test_a_missing_file_counts_as_none(tmp_path):
    assert read_vectors(tmp_path / "vectors.npz", "fake") == {}
