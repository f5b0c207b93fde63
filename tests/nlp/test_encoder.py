"""The shipped model folder: small, checked, on one thread, and the same for a text whatever its company."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import FixSettings
from nlp.encoder import read_manifest
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
    manifest["files"]["heads.json"] = hashlib.sha256((folder / "heads.json").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert read_manifest(folder).version != before


def test_a_text_has_the_same_vector_whoever_stands_beside_it():
    encoder = load_encoder()
    long = "我们厂在城东，主要做小家电外壳，上个月刚搬到新园区。" * 4
    beside = encoder.encode([long, "价格有点高", "好"])[1]
    assert (encoder.encode(["价格有点高"])[0] == beside).all()


def test_a_forward_pass_uses_one_thread_that_does_not_spin():
    options = load_encoder().session.get_session_options()
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (1, 1)
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"


def test_the_default_way_in_imports_no_torch():
    code = "import sys, nlp.loading as l; l.load_understander(); sys.exit('torch' in sys.modules or 'sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
