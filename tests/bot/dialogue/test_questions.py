"""What to ask next follows from worth and openness."""

from __future__ import annotations

from bot.dialogue.questions import next_question
from bot.domain.picture import Level, Picture, Source, record
from bot.domain.understanding import Evidence, Fact
from bot.packs import load_playbook
from tests.fakes import START

PLAYBOOK = load_playbook()


def known(*codes: str, status: str = "found") -> Picture:
    picture = Picture(multiple=PLAYBOOK.multiple)
    for code in codes:
        slot = next(iter(PLAYBOOK.dimension(code).slots))  # type: ignore[union-attr]
        fact = Fact(
            dim=code,
            slot=slot,
            value="有",
            confidence=1,
            evidence=Evidence(text="有", start=0, end=1),
            status=status,
        )
        picture = record(picture, fact, Source(message_id=1, level=Level.CUSTOMER, said_at=START)).picture
    return picture


def test_the_most_valuable_open_dimension_is_asked_first() -> None:
    question = next_question(known(), PLAYBOOK)
    assert question is not None
    best = max(dim.worth for dim in PLAYBOOK.dimensions)
    assert PLAYBOOK.dimension(question.dim).worth == best  # type: ignore[union-attr]


def test_a_known_dimension_is_not_asked_again() -> None:
    first = next_question(known(), PLAYBOOK)
    assert first is not None
    second = next_question(known(first.dim), PLAYBOOK)
    assert second is not None
    assert second.dim != first.dim


def test_a_vague_answer_is_worth_less_than_an_empty_one_and_more_than_a_clear_one() -> None:
    all_but_two = [dim.code for dim in PLAYBOOK.dimensions if dim.code not in {"budget", "integration"}]
    vague = known(*all_but_two)
    picture = Picture(
        entries=vague.entries + known("budget", status="ambiguous").entries, multiple=vague.multiple
    )
    question = next_question(picture, PLAYBOOK)
    assert question is not None
    assert question.dim in {"budget", "integration"}


def test_when_all_is_known_nothing_is_asked() -> None:
    assert next_question(known(*(dim.code for dim in PLAYBOOK.dimensions)), PLAYBOOK) is None
