"""Character runs: learned from texts, weighed, and kept at their places."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.ngrams import Vocabulary, folded, grams

TEXTS = ["价格太贵", "价格还行", "交期太长", "交期还行"]


def dense(vocabulary: Vocabulary, text: str) -> dict[str, float]:
    row = vocabulary.row(text)
    found: dict[str, float] = {}
    for column, value in zip(row.columns.tolist(), row.values.tolist(), strict=True):
        found[vocabulary.runs[column]] = found.get(vocabulary.runs[column], 0.0) + value
    return found


def test_only_runs_that_occur_in_enough_texts_are_kept():
    runs = Vocabulary.learn(TEXTS, least=2).runs
    assert "价格" in runs
    assert "太贵" not in runs


def test_a_row_has_length_one_and_rare_runs_weigh_more():
    vocabulary = Vocabulary.learn([*TEXTS, "太太太"], least=1)
    row = dense(vocabulary, "价格太贵")
    assert sum(value**2 for value in row.values()) == pytest.approx(1, abs=1e-5)
    assert row["贵"] > row["太"]


def test_a_repeated_run_counts_once_more_but_not_twice():
    vocabulary = Vocabulary.learn(["贵啊", "贵吧"], least=1)
    once, thrice = dense(vocabulary, "贵啊"), dense(vocabulary, "贵贵贵啊")
    assert once["贵"] / once["啊"] < thrice["贵"] / thrice["啊"] < 3 * once["贵"] / once["啊"]


def test_an_unknown_text_gives_an_empty_row():
    row = Vocabulary.learn(["甲乙", "甲乙"]).row("丙丁")
    assert row.columns.size == 0 or np.isfinite(row.values).all()


@given(st.text(max_size=40))
def test_folding_keeps_every_place(text: str):
    assert len(folded(text)) == len(text)
    assert all(run == f"\n{folded(text)}\n"[start + 1 : start + 1 + len(run)] for run, start in grams(text))


def test_width_and_case_do_not_matter():
    assert folded("ＥＲＰ系统") == "erp系统"


def test_clauses_are_read_alone_only_where_there_are_several():
    vocabulary = Vocabulary.learn(TEXTS)
    assert len(vocabulary.with_clauses("价格还行")) == 1
    assert len(vocabulary.with_clauses("好，价格还行")) == 1
    assert len(vocabulary.with_clauses("价格还行，交期太长")) == 3
