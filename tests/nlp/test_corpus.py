"""The corpus that ships is read strictly, and its labels hold."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import CannotProcess
from bot.packs import load_playbook
from nlp.corpus_check import (
    CORPUS,
    FactLabel,
    Line,
    NeedLabel,
    Span,
    Turn,
    check_corpus,
    count_corpus,
    load_corpus,
    main,
)

PLAYBOOK = load_playbook()
DEVELOPMENT = Path(__file__).parents[1] / "fixtures" / "eval"
ROW = {
    "text": "夜里坏了找谁，价格也高",
    "labels": ["service", "price"],
    "needs": [{"code": "service_assurance", "evidence": "夜里坏了找谁", "stated": "implicit"}],
    "dims": ["risk"],
    "speaker": "customer",
    "industry": "注塑",
    "style": "multi",
}
LINE = Line(
    text="夜里坏了找谁，价格也高",
    labels=("service", "price"),
    needs=(NeedLabel(code="service_assurance", evidence="夜里坏了找谁", stated="implicit"),),
    dims=("risk",),
    speaker="customer",
    industry="注塑",
    style="multi",
    source="a.jsonl:1",
)


@pytest.fixture(scope="module")
def corpus():
    return load_corpus()


def write(folder: Path, *rows: object) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    (folder / "a.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def development(name: str) -> list[dict]:
    return [json.loads(row) for row in (DEVELOPMENT / name).read_text(encoding="utf-8").splitlines()]


def problems(**changes) -> list[str]:
    return check_corpus([replace(LINE, **changes)], PLAYBOOK)


def test_every_label_of_the_corpus_that_ships_holds(corpus):
    assert check_corpus(corpus, PLAYBOOK) == []


def test_the_corpus_covers_every_class_need_and_dimension(corpus):
    counts = count_corpus(corpus)
    assert min(counts["label"][code] for code in PLAYBOOK.objections) >= 250
    assert min(counts["need"][code] for code in PLAYBOOK.needs) >= 90
    assert min(counts["dim"][dim.code] for dim in PLAYBOOK.dimensions) >= 110


def test_the_figures_in_the_readme_are_those_of_the_files(corpus):
    counts = count_corpus(corpus)
    readme = (CORPUS / "README.md").read_text(encoding="utf-8")
    for code in PLAYBOOK.objections:
        assert f"| `{code}` | {counts['label'][code]} |" in readme
    for style, count in counts["style"].items():
        assert f"`{style}` {count:,}" in readme
    for stated in (
        f"{len(corpus):,} lines",
        f"{counts['label']['none']:,} customers' lines without an objection",
        f"{counts['speaker']['rep']} lines are a rep's",
        f"{sum(len(line.facts or ()) for line in corpus):,} facts",
        f"{sum(len(line.spans or ()) for line in corpus):,} spans",
    ):
        assert stated in readme


def test_a_line_is_read_with_where_it_stands(tmp_path):
    assert load_corpus(write(tmp_path, ROW)) == [LINE]


def test_spans_that_are_empty_differ_from_spans_that_are_not_labelled(tmp_path):
    first, second = load_corpus(write(tmp_path, ROW, {**ROW, "spans": []}))
    assert (first.spans, second.spans) == (None, ())


def test_a_line_separator_inside_a_text_does_not_cut_the_line(tmp_path):
    (line,) = load_corpus(write(tmp_path, {**ROW, "text": "夜里坏了找谁\u2028价格也高"}))
    assert line.text == "夜里坏了找谁\u2028价格也高"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("{", "line: "),
        ("", "line: "),
        ({**ROW, "speaker": "bot"}, "speaker: "),
        ({**ROW, "labels": "price"}, "labels: "),
        ({**ROW, "needs": [{"code": "quality", "evidence": "价格"}]}, "needs.0.stated: "),
        ({**ROW, "note": "?"}, "note: "),
        ({key: ROW[key] for key in ROW if key != "text"}, "text: "),
    ],
)
def test_a_bad_line_is_refused_with_file_line_and_reason(tmp_path, row, reason):
    with pytest.raises(CannotProcess) as caught:
        load_corpus(write(tmp_path, ROW, row))
    assert str(caught.value).startswith(f"a.jsonl:2: {reason}")


def test_a_good_line_has_no_problem():
    assert problems() == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"labels": ("price", "weather")}, "no such label: weather"),
        ({"needs": (NeedLabel(code="sun", evidence="价格", stated="explicit"),)}, "no such need: sun"),
        ({"dims": ("mood",)}, "no such dim: mood"),
        (
            {"facts": (FactLabel(dim="risk", slot="amount", value="高", evidence="高"),)},
            "no such slot: risk.amount",
        ),
        (
            {"facts": (FactLabel(dim="risk", slot="barrier", value="x", evidence="没说过"),)},
            "not in the text: '没说过'",
        ),
        ({"needs": (NeedLabel(code="quality", evidence="", stated="implicit"),)}, "not in the text: ''"),
        ({"labels": ("none", "price")}, "none stands alone"),
        ({"labels": ("stalling", "price")}, "stalling stands alone"),
        ({"labels": ()}, "no label, or one twice"),
        ({"labels": ("price", "price")}, "no label, or one twice"),
        ({"spans": (Span(code="price", text="价格也高"),)}, "labels and spans differ"),
        ({"speaker": "rep"}, "a rep's words carry no labels"),
    ],
)
def test_a_label_that_cannot_be_right_is_named_with_its_place(changes, problem):
    assert problems(**changes) == [f"a.jsonl:1: {problem}"]


def test_a_text_may_come_again_only_in_another_context():
    again = replace(LINE, source="b.jsonl:7")
    elsewhere = replace(LINE, source="b.jsonl:8", context=(Turn(speaker="rep", text="您说"),))
    assert check_corpus([LINE, again, elsewhere], PLAYBOOK) == [
        "b.jsonl:7: the same text and context as a.jsonl:1"
    ]


def test_a_reps_line_is_counted_as_a_speaker_only():
    counts = count_corpus([LINE, replace(LINE, speaker="rep", labels=("none",), needs=(), dims=())])
    assert counts["speaker"] == {"customer": 1, "rep": 1}
    assert counts["label"] == {"service": 1, "price": 1}


def test_the_command_prints_the_counts_and_fails_on_a_problem(tmp_path, capsys):
    assert main(write(tmp_path, ROW, ROW)) == 1
    printed = capsys.readouterr().out
    assert "style: multi 2\n" in printed
    assert "a.jsonl:2: the same text and context as a.jsonl:1\n2 lines, 1 problems\n" in printed


def test_no_line_of_the_development_sets_is_in_the_corpus(corpus):
    held_out = {
        row["text"] for name in ("objections_dev", "needs_dev") for row in development(f"{name}.jsonl")
    }
    assert held_out.isdisjoint(line.text for line in corpus)


def test_development_labels_are_codes_of_the_pack():
    labels = [row["labels"] for row in development("objections_dev.jsonl")]
    assert {code for found in labels for code in found} == {*PLAYBOOK.objections, "none"}
    assert all(found == ["none"] or "none" not in found for found in labels)


def test_development_needs_are_shown_by_words_of_their_text():
    rows = development("needs_dev.jsonl")
    assert {need["code"] for row in rows for need in row["needs"]} <= PLAYBOOK.needs.keys()
    assert all(need["evidence"] in row["text"] for row in rows for need in row["needs"])


@pytest.mark.parametrize("name", ["dialogues_dev.jsonl", "bot_sessions_dev.jsonl"])
def test_development_pictures_name_all_twelve_dimensions_and_their_slots(name):
    for row in development(name):
        assert row["gold"]["dimensions"].keys() == {dim.code for dim in PLAYBOOK.dimensions}
        for dim in PLAYBOOK.dimensions:
            assert {one["slot"] for one in row["gold"]["dimensions"][dim.code]} <= dim.slots.keys()


def test_the_thirty_lines_show_every_class_and_every_industry():
    source = development("objections_dev.jsonl")
    rows = development("thirty_lines.jsonl")
    assert all(row in source for row in rows)
    assert [row["labels"] == ["none"] for row in rows].count(True) == 10
    assert len({row["id"] for row in rows}) == 30
    assert {code for row in rows for code in row["labels"]} == {*PLAYBOOK.objections, "none"}
    assert {row["industry"] for row in rows} == {row["industry"] for row in source}
