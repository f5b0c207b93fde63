"""Whether what the rep sent came from a suggestion."""

from __future__ import annotations

import pytest

from bot.dialogue.usage import used_passage
from tests.fakes import passage

OFFERED = [
    passage("price", "三成差在哪我给您拆开看，先看哪一项都行。"),
    passage("delivery", "等三个月确实久，咱们看看能不能先上最急的那一段。"),
]


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("三成差在哪我给您拆开看，先看哪一项都行。", 0),
        ("王总，三成差在哪我给您拆开看，先看哪项都行", 0),
        ("三成差在哪我给您拆开看，先看哪一项都行。您最在意哪一块？", 0),
        ("等三个月是久，咱们看看能不能先上最急的那一段", 1),
        ("好的，周五见", None),
        ("", None),
    ],
)
def test_an_offered_reply_is_recognised_also_when_edited(text: str, index: int | None) -> None:
    assert used_passage(text, OFFERED) == index


def test_nothing_offered_nothing_used() -> None:
    assert used_passage("三成差在哪", []) is None
