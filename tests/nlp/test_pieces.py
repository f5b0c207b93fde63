"""Long messages are cut at sentences; nothing is lost or read twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nlp.pieces import LONGEST, pieces


def test_a_short_message_is_one_piece():
    assert pieces("价格有点高。交期也长。") == [(0, 11)]


def test_a_long_message_is_cut_after_a_sentence():
    text = "我们厂里这几年一直在用老设备。" * 12
    cut = pieces(text)
    assert len(cut) > 1
    assert all(text[end - 1] == "。" for _start, end in cut)


@given(st.text(alphabet="价格高，。 \n！ab", max_size=600))
def test_pieces_together_are_the_whole_text(text: str):
    cut = pieces(text)
    assert "".join(text[start:end] for start, end in cut) == text
    assert all(end - start <= LONGEST for start, end in cut)
