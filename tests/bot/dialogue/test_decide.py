"""The decision is a pure function: same case, same answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.dialogue.decide import Case, OpenOffer, decide
from bot.domain.conversation import Message, MessageKind, Speaker
from bot.domain.needs import HeldNeed, NeedState, steps
from bot.domain.picture import Picture
from bot.domain.understanding import Evidence, Need, Objection, Understanding
from bot.packs import load_playbook
from tests.fakes import START, passage

PLAYBOOK = load_playbook()
SPAN = Evidence(text="贵", start=1, end=2)
MESSAGE = Message(
    id=7, conversation_id=1, kind=MessageKind.TEXT, speaker=Speaker.CUSTOMER, text="太贵了", said_at=START
)
CASE = Case(
    message=MESSAGE,
    customer_name="王建国",
    picture=Picture(multiple=PLAYBOOK.multiple),
    needs=(),
    on_table=None,
    rep_answered=False,
    rep_watching=False,
    told_this_minute=0,
)


def heard(confidence: float = 0.9, code: str = "price") -> Understanding:
    return Understanding(
        version="t", objections=(Objection(code=code, confidence=confidence, evidence=SPAN),)
    )


def test_a_doubt_with_a_reply_makes_a_suggestion_with_a_question_and_its_reason() -> None:
    decision = decide(CASE, heard(), [passage("price")], PLAYBOOK, START)
    assert decision.suggestion is not None
    assert (decision.suggestion.objection, decision.suggestion.message_id) == ("price", 7)
    assert decision.suggestion.ask
    assert decision.suggestion.ask_reason
    assert decision.tell is not None
    assert "王建国" in decision.tell
    assert decision == decide(CASE, heard(), [passage("price")], PLAYBOOK, START)


@pytest.mark.parametrize(
    ("case", "understanding", "passages", "later"),
    [
        (CASE, heard(), [], 0),
        (CASE, Understanding(version="t"), [passage("price")], 0),
        (replace(CASE, rep_answered=True), heard(), [passage("price")], 0),
        (CASE, heard(), [passage("price")], 601),
        (
            replace(
                CASE, on_table=OpenOffer(objection="price", offered_at=START, passages=(passage("price"),))
            ),
            heard(),
            [passage("price")],
            59,
        ),
    ],
    ids=["no reply known", "no doubt", "rep was faster", "stale", "just offered"],
)
def test_the_reps_attention_is_not_taken_without_need(
    case: Case, understanding: Understanding, passages: list, later: int
) -> None:
    now = START + timedelta(seconds=later)
    assert decide(case, understanding, passages, PLAYBOOK, now).suggestion is None


def test_another_doubt_replaces_what_is_on_the_table() -> None:
    table = OpenOffer(objection="price", offered_at=START, passages=(passage("price"),))
    decision = decide(replace(CASE, on_table=table), heard(code="trust"), [passage("trust")], PLAYBOOK, START)
    assert decision.suggestion is not None


@pytest.mark.parametrize("change", [{"rep_watching": True}, {"told_this_minute": 2}])
def test_the_bot_message_stays_away_when_the_sidebar_is_open_or_the_minute_is_full(change: dict) -> None:
    decision = decide(replace(CASE, **change), heard(), [passage("price")], PLAYBOOK, START)
    assert decision.suggestion is not None
    assert decision.tell is None


@pytest.mark.parametrize(("confidence", "told"), [(0.49, False), (0.5, True)])
def test_a_doubt_that_is_not_sure_is_shown_but_does_not_interrupt(confidence: float, *, told: bool) -> None:
    decision = decide(CASE, heard(confidence), [passage("price")], PLAYBOOK, START)
    assert decision.suggestion is not None
    assert (decision.tell is not None) == told


def need(stated: str) -> Need:
    return Need(code="uptime", confidence=0.8, stated=stated, evidence=SPAN)


def test_a_need_goes_from_implied_to_voiced_and_never_back() -> None:
    implied = steps((), [need("implicit")], 1, START)
    voiced = steps(implied, [need("explicit")], 2, START)
    assert [step.state for step in (*implied, *voiced)] == [NeedState.IMPLIED, NeedState.VOICED]
    held: tuple[HeldNeed, ...] = implied + voiced
    assert steps(held, [need("implicit"), need("explicit")], 3, START) == ()
