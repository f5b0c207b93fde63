"""Marking the customer's words: overlaps, odd offsets, long texts."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.sidebar import Doubt
from tests.web.fakes import WORDS, doubt, heard
from web.sidebar.marks import SHORT_TEXT, excerpt, pieces


def test_each_doubt_marks_its_words():
    marked = {piece.text: piece.codes for piece in pieces(heard()) if piece.doubts}
    assert marked == {
        "价格": "price",
        "比别家高了": "price competitor",
        "快三成": "price",
        "等货要三个月": "delivery",
    }


def test_a_piece_names_its_doubts():
    assert [piece.names for piece in pieces(heard()) if piece.codes == "price competitor"] == ["价格、竞品"]


def test_offsets_count_characters_also_after_emoji():
    text = "😀👍太贵了"
    assert [p.text for p in pieces(heard(text, doubt("price", "价格", 0.9, "太贵了", text))) if p.doubts] == [
        "太贵了"
    ]


spans = st.tuples(st.integers(-5, 60), st.integers(-5, 60))


@given(st.text(max_size=50), st.lists(spans, max_size=5))
def test_pieces_always_add_up_to_the_message(text, found):
    doubts = tuple(
        Doubt(code=f"c{i}", name="价格", confidence=0.5, start=start, end=end)
        for i, (start, end) in enumerate(found)
    )
    assert "".join(piece.text for piece in pieces(heard(text, *doubts))) == text


@given(st.text(max_size=50), st.lists(spans, min_size=1, max_size=5))
def test_exactly_the_words_of_a_doubt_carry_it(text, found):
    doubts = tuple(
        Doubt(code=f"c{i}", name="价格", confidence=0.5, start=start, end=end)
        for i, (start, end) in enumerate(found)
    )
    cut = pieces(heard(text, *doubts))
    for one in doubts:
        marked = "".join(piece.text for piece in cut if one in piece.doubts)
        assert marked == text[max(one.start, 0) : max(one.end, 0)]


def test_a_long_message_is_shortened_between_its_marks_only():
    text = "前" * 200 + "太贵了" + "中" * 200 + "等太久" + "后" * 200
    shown = excerpt(
        heard(
            text, doubt("price", "价格", 0.9, "太贵了", text), doubt("delivery", "交付", 0.8, "等太久", text)
        )
    )
    assert [piece.text for piece in shown if piece.doubts] == ["太贵了", "等太久"]
    assert sum(len(piece.text) for piece in shown) < SHORT_TEXT
    assert shown[0].text.startswith("…前")
    assert shown[-1].text.endswith("后…")


def test_a_short_message_is_shown_whole():
    assert excerpt(heard()) == pieces(heard())
    assert len(WORDS) <= SHORT_TEXT
