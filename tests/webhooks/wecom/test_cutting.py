"""Cut texts fit, and what is left can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.wecom.cutting import cut_bytes, cut_chars

FAMILY = "👨‍👩‍👧"


@given(text=st.text(max_size=400), limit=st.integers(8, 300))
def test_bytes_never_exceed_the_limit_and_short_texts_stay(text, limit):
    cut = cut_bytes(text, limit)
    assert len(cut.encode("utf-8", "replace")) <= limit
    if len(text.encode("utf-8", "replace")) <= limit:
        assert cut == text
    else:
        assert cut.endswith("…")
        assert text.startswith(cut[:-1])


@given(text=st.text(max_size=80), limit=st.integers(2, 60))
def test_characters_never_exceed_the_limit(text, limit):
    cut = cut_chars(text, limit)
    assert len(cut) <= limit
    assert (cut == text) == (len(text) <= limit)


def test_two_thousand_and_forty_eight_bytes_hold_681_characters_and_the_mark():
    assert cut_bytes("价" * 1000, 2048) == "价" * 681 + "…"
    assert cut_bytes("价" * 682, 2048) == "价" * 682


@pytest.mark.parametrize(
    ("text", "limit", "left"),
    [
        (f"ab{FAMILY}", 12, "ab…"),
        ("ab👍🏽", 9, "ab…"),
        ("abe\u0301xyz", 6, "ab…"),
        ("ab❤\ufe0fxyzw", 9, "ab…"),
    ],
)
def test_what_is_seen_as_one_character_is_not_split(text, limit, left):
    assert cut_bytes(text, limit) == left


def test_half_a_link_is_left_out_and_a_whole_one_stays():
    link = '<a href="https://example.com/very/long">查看</a>'
    assert cut_bytes("见 " + link + "x" * 50, 40) == "见 …"
    assert cut_bytes("见 " + link + "x" * 50, 70).startswith("见 " + link)
