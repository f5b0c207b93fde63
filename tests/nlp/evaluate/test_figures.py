"""The figures are what they say, on cases counted by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.domain.understanding import Evidence, Need, Objection, Understanding
from bot.errors import CannotProcess
from nlp.evaluate import evaluate_needs, evaluate_objections
from tests.nlp.fakes import Scripted


def found(text: str, *answers: tuple[str, float, str]) -> Understanding:
    return Understanding(
        version="v",
        objections=tuple(
            Objection(code=code, confidence=chance, evidence=words_of(text, words))
            for code, chance, words in answers
        ),
    )


def words_of(text: str, words: str) -> Evidence:
    start = text.index(words)
    return Evidence(text=words, start=start, end=start + len(words))


ROWS = [
    {
        "id": 1,
        "text": "太贵了，没预算",
        "labels": ["price", "budget"],
        "spans": [{"code": "price", "text": "太贵了"}],
    },
    {"id": 2, "text": "你好", "labels": ["none"]},
    {"id": 3, "text": "多少钱", "labels": ["none"]},
    {"id": 4, "text": "再说吧", "labels": ["stalling"]},
]
ANSWERS = {
    "太贵了，没预算": found("太贵了，没预算", ("price", 0.9, "贵了")),
    "多少钱": found("多少钱", ("price", 0.7, "多少钱")),
}


def rows(lines: list[dict]) -> list[str]:
    return [json.dumps(line, ensure_ascii=False) for line in lines]


def test_objection_figures_by_hand():
    figures = evaluate_objections(rows(ROWS), Scripted(ANSWERS))
    assert figures["lines"] == 4
    assert figures["per_class"]["price"] == {"precision": 0.5, "recall": 1.0, "f1": 0.6667, "support": 1}
    assert figures["macro_f1"] == pytest.approx(0.6667 / 3, abs=1e-3)
    assert figures["micro_f1"] == pytest.approx(2 / (2 + 1 + 2), abs=1e-3)
    assert figures["none_false_alarms"] == 0.5
    assert figures["missed"] == 0.5
    assert figures["exact"] == 0.25
    assert figures["calibration_error"] == pytest.approx((0.1 + 0.7) / 2)
    assert figures["span_f1_where_right"] == pytest.approx(2 * 2 / (2 + 3), abs=1e-3)
    assert set(figures["ms_per_message"]) == {"median", "p95"}


def test_need_figures_by_hand():
    text = "晚上坏了没人管"
    evidence = words_of(text, "没人管")
    answer = Understanding(
        version="v",
        needs=(Need(code="service_assurance", confidence=1.0, stated="explicit", evidence=evidence),),
    )
    line = {
        "id": 1,
        "text": text,
        "needs": [{"code": "service_assurance", "evidence": "坏了没人管", "stated": "implicit"}],
    }
    figures = evaluate_needs(rows([line, {"id": 2, "text": "你好", "needs": []}]), Scripted({text: answer}))
    assert figures["macro_f1"] == figures["micro_f1"] == 1
    assert figures["stated_accuracy"] == 0
    assert figures["span_f1"] == pytest.approx(2 * 3 / (3 + 5), abs=1e-3)
    assert figures["none_false_alarms"] == 0


def test_without_marked_words_there_is_no_evidence_figure():
    assert "span_f1" not in evaluate_objections(rows(ROWS[1:]), Scripted(ANSWERS))


@pytest.mark.parametrize(
    "row",
    [
        "{",
        '{"id": 1, "text": "a"}',
        '{"id": 1, "text": "a", "labels": ["price"], "spans": [{"code": "price", "text": "b"}]}',
    ],
)
def test_an_unreadable_row_is_named(row: str):
    with pytest.raises(CannotProcess, match="line 2"):
        evaluate_objections([*rows(ROWS[:1]), row], Scripted({}))


def test_the_report_stands_alone_and_escapes_what_customers_wrote(tmp_path: Path):
    evil = "<script>alert(1)</script>"
    lines = [*ROWS, {"id": 5, "text": evil, "labels": ["trust"]}]
    figures = evaluate_objections(rows(lines), Scripted(ANSWERS), tmp_path / "report")
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert evil not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page
    assert "多少钱" in page
    assert json.loads((tmp_path / "report" / "figures.json").read_text(encoding="utf-8")) == figures
