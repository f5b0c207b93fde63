"""Earlier turns are written for short messages only, the last few, each cut short."""

from __future__ import annotations

from nlp.reading import ELLIPTIC, TURN_LENGTH, TURNS, Tokens, earlier


def test_only_a_short_message_is_read_after_what_was_said_before():
    turns = [(True, "下月能定吗"), (False, "太贵了")]
    assert earlier("不行", turns) == " | 销售：下月能定吗 | 客户：太贵了"
    assert earlier("不" * (ELLIPTIC + 1), turns) == ""


def test_the_last_turns_count_and_each_is_cut():
    written = earlier("嗯", [(True, f"{number}" * 100) for number in range(6)])
    assert written.count("销售：") == TURNS
    assert "5" * TURN_LENGTH in written
    assert "5" * (TURN_LENGTH + 1) not in written
    assert earlier("嗯", [(True, "  ")]) == ""


def test_tokens_of_the_turns_make_no_part_of_the_message():
    # "q: " + "不行" + " | 甲" with an end token that stands for nothing
    tokens = Tokens(((0, 0), (0, 3), (3, 5), (5, 8), (8, 9), (0, 0)), prefix=3, text=2)
    assert tokens.own() == [0, 1, 2, 5]
    assert tokens.placed() == [2]
    assert tokens.place(2) == (0, 2)
