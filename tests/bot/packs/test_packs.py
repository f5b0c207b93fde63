"""The pack is data that an admin edits: the shipped one is whole, a broken one is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.errors import FixSettings
from bot.packs import DEFAULT_PACK, load_keywords, load_playbook


def test_the_default_pack_has_the_taxonomy_of_the_docs() -> None:
    playbook = load_playbook()
    assert (len(playbook.objections), len(playbook.needs), len(playbook.dimensions)) == (14, 16, 12)
    assert "none" not in playbook.objections
    groups = [dim.group for dim in playbook.dimensions]
    assert [groups.count(group) for group in playbook.groups] == [4, 4, 2, 2]
    assert all(load_keywords()[code] for code in playbook.objections)
    assert "pain.pain" in playbook.multiple
    assert playbook.dimension("nothing") is None


@pytest.mark.parametrize(
    ("file", "old", "new", "word"),
    [
        (
            "dimensions.yaml",
            "group: risk\n    slots: {barrier",
            "group: nowhere\n    slots: {barrier",
            "risk",
        ),
        ("dimensions.yaml", "multiple: [goal]", "multiple: [gool]", "business_goal"),
        ("dimensions.yaml", "worth: 9", "worth: 99", "worth"),
        ("taxonomy.yaml", "code: price", "code: Price!", "code"),
        ("taxonomy.yaml", "objections:", "objektions:", "objections"),
        ("taxonomy.yaml", "name: 价格,", "name: [", "taxonomy.yaml"),
    ],
)
def test_a_broken_pack_is_refused_with_file_and_field(
    tmp_path: Path, file: str, old: str, new: str, word: str
) -> None:
    shutil.copytree(DEFAULT_PACK, tmp_path / "pack")
    path = tmp_path / "pack" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FixSettings, match=word):
        load_playbook(tmp_path / "pack")


def test_a_missing_pack_is_named(tmp_path: Path) -> None:
    with pytest.raises(FixSettings, match=r"taxonomy\.yaml"):
        load_playbook(tmp_path)
