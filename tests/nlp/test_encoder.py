"""The shipped model folder: small, checked, and read in batches that waste little."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import FixSettings
from nlp.encoder import TOKENS_PER_BATCH, batches_by_length, read_manifest
from nlp.loading import SHIPPED, load_encoder


def copied(folder: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, folder / "model"))


def test_the_encoder_stays_under_forty_megabytes():
    assert (SHIPPED / "encoder.int8.onnx").stat().st_size <= 40_000_000


def test_every_shipped_file_is_the_one_in_the_manifest():
    assert set(read_manifest(SHIPPED).files) == {
        path.name for path in SHIPPED.iterdir() if path.name not in ("manifest.json", "README.md")
    }


def test_a_changed_file_is_refused_with_its_name(tmp_path: Path):
    folder = copied(tmp_path)
    (folder / "heads.json").write_text("{}", encoding="utf-8")
    with pytest.raises(FixSettings, match=r"heads\.json"):
        read_manifest(folder)


def test_a_missing_file_is_refused_with_its_name(tmp_path: Path):
    folder = copied(tmp_path)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(FixSettings, match=r"tokenizer\.json"):
        load_encoder(folder)


def test_the_version_changes_with_any_file(tmp_path: Path):
    folder = copied(tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    before = read_manifest(folder).version
    (folder / "heads.json").write_bytes((folder / "heads.json").read_bytes() + b"\n")
    import hashlib

    manifest["files"]["heads.json"] = hashlib.sha256((folder / "heads.json").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert read_manifest(folder).version != before


@given(st.lists(st.integers(1, 256), max_size=80))
def test_batches_hold_every_row_once_within_the_budget(lengths: list[int]):
    batches = list(batches_by_length(lengths))
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[row] for row in batch) <= TOKENS_PER_BATCH
