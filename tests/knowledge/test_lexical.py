from __future__ import annotations

import pytest

from knowledge.lexical import LexicalIndex
from knowledge.likeness import likeness


def test_the_text_that_shares_the_rare_words_comes_first():
    scores = LexicalIndex(["这个价太高了", "这个交期太长了", "这个没法用"]).scores("交期能不能短")
    assert scores.argmax() == 1
    assert scores[1] > scores[0]


def test_a_text_is_wholly_like_itself_and_not_at_all_like_a_strange_one():
    scores = LexicalIndex(["价格", "abc"]).scores("价格")
    assert scores.tolist() == pytest.approx([1.0, 0.0])


def test_width_case_and_punctuation_make_no_difference():
    index = LexicalIndex(["ＰＬＣ，接口！"])
    assert index.scores("plc接口")[0] == pytest.approx(1.0)


def test_words_nobody_indexed_lower_the_score():
    index = LexicalIndex(["交期太长"])
    assert index.scores("交期太长")[0] > index.scores("交期太长不过我们昨天刚开完会")[0] > 0


def test_nothing_indexed_shares_anything_with_an_empty_text():
    assert LexicalIndex(["价格"]).scores("？！").tolist() == [0.0]


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ("先算账再谈", "先算账，再谈！", 1.0),
        ("甲乙丙", "丁戊己", 0.0),
        ("甲乙丙", "甲乙丁", 1 / 3),
        ("甲", "甲", 1.0),
        ("", "", 1.0),
    ],
)
def test_likeness_is_the_share_of_common_pairs(one, other, share):
    assert likeness(one, other) == pytest.approx(share)
