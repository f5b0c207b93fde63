from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.errors import FixSettings
from knowledge.entries import load_entries
from tests.knowledge.written import as_yaml, entry


def fields(**changes: Any) -> dict[str, Any]:
    return {
        "id": "price-01",
        "objection": "price",
        "title": "先对账",
        "industries": ["any"],
        "stage": "报价",
        "when": "客户嫌高",
        "reply": "咱们先看差在哪。",
        "why": "差额能谈。",
        "ask": "差在哪一行？",
        "examples": ["你们太狠了", "高得离谱"],
    } | changes


def without(field: str) -> dict[str, Any]:
    return {key: value for key, value in fields().items() if key != field}


def test_an_entry_is_read_as_it_is_written(tmp_path):
    (tmp_path / "price.yaml").write_text(as_yaml(fields(also=["competitor"], avoid="别吵")), encoding="utf-8")
    (read,) = load_entries(tmp_path)
    assert read.id == "price-01"
    assert read.examples == ("你们太狠了", "高得离谱")
    assert read.classes == ("price", "competitor")
    assert (read.avoid, read.source) == ("别吵", None)


def test_files_are_read_in_order_of_their_names(tmp_path):
    (tmp_path / "b.yaml").write_text(as_yaml(fields(id="price-02")), encoding="utf-8")
    (tmp_path / "a.yaml").write_text(as_yaml(fields(id="price-09")), encoding="utf-8")
    assert [one.id for one in load_entries(tmp_path)] == ["price-09", "price-02"]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (without("reply"), "price.yaml: price-01: reply: "),
        (fields(success_rate="92%"), "price.yaml: price-01: success_rate: "),
        (fields(title=7), "price.yaml: price-01: title: "),
        (fields(when="  "), "price.yaml: price-01: when: "),
        (fields(stage="开会"), "price.yaml: price-01: stage: "),
        (fields(examples="只有一句"), "price.yaml: price-01: examples: "),
        (fields(examples=["好", 3]), "price.yaml: price-01: examples.1: "),
        (fields(industries=[]), "price.yaml: price-01: industries: "),
        (without("id"), "price.yaml: entry 1: id: "),
    ],
)
def test_a_wrong_entry_is_refused_with_file_entry_and_field(tmp_path, written, told):
    (tmp_path / "price.yaml").write_text(as_yaml(written), encoding="utf-8")
    with pytest.raises(FixSettings) as refused:
        load_entries(tmp_path)
    assert str(refused.value).startswith(told)


def test_every_problem_is_named_at_once(tmp_path):
    (tmp_path / "a.yaml").write_text(as_yaml(without("ask"), without("why")), encoding="utf-8")
    (tmp_path / "b.yaml").write_text("reply: 不是一张单子", encoding="utf-8")
    (tmp_path / "c.yaml").write_text("- {没有: [关上", encoding="utf-8")
    with pytest.raises(FixSettings) as refused:
        load_entries(tmp_path)
    lines = str(refused.value).splitlines()
    assert lines[0].startswith("a.yaml: price-01: ask: ")
    assert lines[1].startswith("a.yaml: price-01: why: ")
    assert lines[2].startswith("b.yaml: must be a list")
    assert lines[3].startswith("c.yaml: cannot be read")


def test_a_folder_without_entries_is_refused(tmp_path):
    with pytest.raises(FixSettings, match="holds no"):
        load_entries(tmp_path)


@pytest.mark.parametrize("field", ["objection", "title", "when", "reply", "why", "ask", "avoid", "source"])
def test_whatever_people_read_of_an_entry_changes_its_version(field):
    assert replace(entry(), **{field: "改过了"}).version != entry().version


def test_where_an_entry_is_found_does_not_change_its_version():
    assert replace(entry(), examples=("换一句", "再换一句"), industries=("物流",)).version == entry().version


def test_a_version_is_the_same_in_every_process_and_fits_a_database_integer():
    assert entry().version == 118437940
    assert all(0 <= entry(number).version < 2**31 for number in range(16))
