"""`wenzhen understand`: one line out for one line in, at once, in order, and clear about bad lines."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest

from bot.domain.understanding import Evidence, Fact, Need, Objection, Understanding
from bot.errors import CannotProcess
from nlp.lines import understand_lines
from nlp.understander import LocalUnderstander
from tests.nlp.fakes import Scripted

WORDS = Evidence(text="太贵", start=2, end=4)
ANSWER = Understanding(
    version="v",
    objections=(Objection(code="price", confidence=0.9, evidence=WORDS),),
    needs=(Need(code="cost_down", confidence=0.6, stated="implicit", evidence=WORDS),),
    facts=(
        Fact(
            dim="budget", slot="amount", value="80万", confidence=0.8, evidence=WORDS, number=80.0, unit="万"
        ),
    ),
)


def answered(*rows: str, understander: object = None) -> list[dict]:
    out = io.StringIO()
    understand_lines(rows, out, understander or Scripted({"价格太贵": ANSWER}))
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_the_answer_has_the_shape_of_the_contract():
    (line,) = answered('{"id": "a", "text": "价格太贵"}')
    words = {"text": "太贵", "start": 2, "end": 4}
    assert line == {
        "id": "a",
        "objections": [{"code": "price", "confidence": 0.9, "evidence": words}],
        "needs": [{"code": "cost_down", "confidence": 0.6, "stated": "implicit", "evidence": words}],
        "facts": [
            {
                "dim": "budget",
                "slot": "amount",
                "value": "80万",
                "confidence": 0.8,
                "evidence": words,
                "status": "found",
                "number": 80.0,
                "unit": "万",
            }
        ],
    }


def test_no_objection_is_an_empty_list():
    assert answered('{"id": 7, "text": "你好"}') == [{"id": 7, "objections": [], "needs": [], "facts": []}]


def test_each_line_is_answered_before_the_next_is_read():
    out = io.StringIO()
    seen: list[int] = []

    def rows() -> Iterator[str]:
        for number in range(3):
            seen.append(len(out.getvalue().splitlines()))
            yield json.dumps({"id": number, "text": "你好"})

    understand_lines(rows(), out, Scripted({}))
    assert seen == [0, 1, 2]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("{", "line 2"),
        ('{"id": 1}', "text"),
        ('{"id": 1, "text": 5}', "text"),
        ('{"id": 1, "text": "a", "speaker": "bot"}', "speaker"),
    ],
)
def test_an_unreadable_line_is_named_with_its_reason(row: str, reason: str):
    with pytest.raises(CannotProcess, match="line 2") as raised:
        answered('{"id": 0, "text": "秘密"}', row)
    assert reason in str(raised.value)


def test_the_error_does_not_repeat_the_customers_words():
    with pytest.raises(CannotProcess) as raised:
        answered('{"id": 1, "text": ["客户原话"]}')
    assert "客户原话" not in str(raised.value)


def test_a_reps_line_is_read_with_its_context_and_time(understander: LocalUnderstander):
    row = {
        "id": 1,
        "text": "我们价格确实不便宜",
        "speaker": "rep",
        "at": "2026-03-02T09:00:00+08:00",
        "context": [{"speaker": "customer", "text": "太贵了"}],
    }
    (line,) = answered(json.dumps(row), understander=understander)
    assert line == {"id": 1, "objections": [], "needs": [], "facts": []}
