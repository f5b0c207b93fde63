"""Agreement and repetition are counted as a statistician and an editor would."""

from __future__ import annotations

import json
from dataclasses import replace
from operator import attrgetter
from pathlib import Path

import pytest

from nlp.corpus_check import Line, Reading, Turn, load_corpus
from nlp.corpus_report import agreement, from_templates, kappa, leaks, near_duplicates

LINE = Line(text="", labels=("none",), needs=(), dims=(), speaker="customer", industry="", style="direct")
DEVELOPMENT = Path(__file__).parents[1] / "fixtures" / "eval"


def line(text: str, *turns: str) -> Line:
    return replace(LINE, text=text, context=tuple(Turn(speaker="rep", text=turn) for turn in turns))


def read(first: str, second: str) -> Line:
    return replace(LINE, readings=tuple(Reading(labels=(code,), needs=()) for code in (first, second)))


def test_kappa_takes_off_what_chance_would_give():
    # 20 lines, both yes 5, both no 10, apart 5: seen 0.75, by chance 0.5
    first = [True] * 5 + [False] * 10 + [True] * 5
    second = [True] * 5 + [False] * 10 + [False] * 5
    assert kappa(first, second) == pytest.approx((0.75 - 0.5) / 0.5)
    assert kappa([True, True], [True, True]) == 1


def test_agreement_weighs_codes_by_use_and_skips_lines_read_once():
    lines = [read("price", "price"), read("price", "none"), read("none", "none"), LINE]
    found = agreement(lines, attrgetter("labels"))
    assert found.lines == 3
    assert found.exact == pytest.approx(2 / 3)
    assert found.kappas["price"] == found.kappas["none"] == found.kappa == pytest.approx(0.4)


def test_near_duplicates_are_found_through_punctuation_and_a_word():
    lines = [line("这个价格我们真的接受不了"), line("这个价格，我们真的接受不了啊！"), line("下周三来看样机")]
    assert [(a.text, b.text) for a, b in near_duplicates(lines)] == [(lines[1].text, lines[0].text)]


def test_the_same_words_after_other_turns_are_another_line():
    assert near_duplicates([line("嗯", "下月能定吗"), line("嗯", "发票抬头对吧，税号也核过了")]) == []


def test_a_frame_that_is_filled_again_and_again_is_a_template():
    lines = [line(f"请问你们家的{thing}最低多少钱一台") for thing in ("铣床", "吊车", "水泵")]
    others = [line("水泵响得厉害，夜里都睡不着觉")]
    assert from_templates(lines + others) == []
    lines = [line(f"请问你们家最便宜的{thing}") for thing in ("铣床", "吊车", "水泵")]
    assert from_templates(lines + others) == lines


def test_a_line_that_is_judged_elsewhere_is_a_leak():
    assert [one.text for one in leaks([line("这个价格我们真的接受不了")], ["这个价格,我们真的接受不了。"])]
    assert leaks([line("好的")], ["好的"]) == []


def test_the_corpus_that_ships_keeps_its_promises():
    lines = load_corpus()
    judged = [
        json.loads(row)["text"]
        for name in ("objections_dev.jsonl", "needs_dev.jsonl")
        for row in (DEVELOPMENT / name).read_text(encoding="utf-8").splitlines()
    ]
    assert leaks(lines, judged) == []
    assert len(near_duplicates(lines)) <= 0.01 * len(lines)
    assert len(from_templates(lines)) <= 0.01 * len(lines)
    assert agreement(lines, attrgetter("labels")).kappa >= 0.9
    assert agreement(lines, attrgetter("needs")).kappa >= 0.7
