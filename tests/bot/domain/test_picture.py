"""The ledger of the customer picture: what stands, what clashes, what comes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.domain.picture import (
    Change,
    Level,
    Picture,
    Recorded,
    Source,
    Status,
    confirm,
    record,
    record_all,
    retract,
    withdraw,
)
from bot.domain.understanding import Evidence, Fact

NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)
MULTIPLE = frozenset({"decision_chain.person", "tech_requirements.parameter", "pain.pain"})


def said(message_id: int, level: Level = Level.CUSTOMER) -> Source:
    return Source(message_id=message_id, level=level, said_at=NOON + timedelta(minutes=message_id))


def fact(slot: str, value: str, **more: object) -> Fact:
    dim, name = slot.split(".")
    evidence = Evidence(text=value, start=0, end=len(value))
    return Fact(dim=dim, slot=name, value=value, confidence=0.9, evidence=evidence, **more)


def amount(number: float, **more: object) -> Fact:
    return fact("budget.amount", f"{number:g}万", number=number, unit="万", **more)


def tell(picture: Picture, *steps: tuple[Fact, Source]) -> Picture:
    for one, source in steps:
        picture = record(picture, one, source).picture
    return picture


def values(picture: Picture, dim: str) -> list[tuple[str, str]]:
    return [(standing.entry.value, str(standing.status)) for standing in picture.standing(dim)]


def test_an_empty_picture_knows_nothing():
    assert Picture().status("budget", "amount") is Status.ABSENT
    assert Picture().standing() == ()


def test_a_first_value_is_found_and_asserted():
    result = record(Picture(), amount(50), said(1))
    (entry,) = result.changed
    assert (entry.status, entry.change, entry.level) == (Status.FOUND, Change.ASSERTED, Level.CUSTOMER)
    assert entry.evidence is not None
    assert entry.said_at == NOON + timedelta(minutes=1)


def test_a_later_explicit_value_supersedes_and_the_old_one_stays_in_history():
    picture = tell(Picture(), (amount(60), said(1)), (amount(85), said(2)))
    (standing,) = picture.standing("budget")
    assert standing.entry.value == "85万"
    assert standing.entry.change is Change.CORRECTED
    assert [old.value for old in standing.replaced] == ["60万"]
    assert picture.entries[0].superseded_by == 2


def test_a_chain_of_corrections_keeps_every_step():
    picture = tell(Picture(), (amount(60), said(1)), (amount(70), said(2)), (amount(85), said(3)))
    (standing,) = picture.standing("budget")
    assert [old.value for old in standing.replaced] == ["60万", "70万"]


def test_the_same_value_again_only_adds_evidence():
    picture = tell(
        Picture(), (amount(60), said(1)), (fact("budget.amount", "60万左右", number=60, unit="万"), said(2))
    )
    (standing,) = picture.standing("budget")
    assert len(standing.support) == 2
    assert standing.replaced == ()


def test_no_budget_after_an_amount_is_a_conflict_of_both():
    picture = tell(Picture(), (amount(50), said(1)), (fact("budget.approval", "今年没有预算"), said(2)))
    assert picture.status("budget", "amount") is Status.CONFLICT
    assert picture.status("budget", "approval") is Status.CONFLICT


def test_an_amount_after_no_budget_settles_it():
    picture = tell(Picture(), (fact("budget.approval", "今年没有预算"), said(1)), (amount(50), said(2)))
    assert values(picture, "budget") == [("50万", "found")]


def test_an_amount_said_again_ends_the_conflict():
    denial = fact("budget.approval", "今年没有预算")
    picture = tell(Picture(), (amount(50), said(1)), (denial, said(2)), (amount(50), said(3)))
    assert values(picture, "budget") == [("50万", "found")]


def test_a_rep_value_never_overwrites_the_customers_own_word():
    picture = tell(Picture(), (amount(50), said(1)), (amount(80), said(2, Level.REP)))
    assert values(picture, "budget") == [("50万", "conflict"), ("80万", "conflict")]


def test_the_customers_word_corrects_what_the_rep_told():
    picture = tell(Picture(), (amount(80), said(1, Level.REP)), (amount(50), said(2)))
    assert values(picture, "budget") == [("50万", "found")]


def test_the_customers_same_word_raises_the_level():
    picture = tell(Picture(), (amount(80), said(1, Level.REP)), (amount(80), said(2)))
    (standing,) = picture.standing("budget")
    assert standing.level is Level.CUSTOMER


def test_a_hedged_value_never_displaces_an_explicit_one():
    picture = tell(Picture(), (amount(50), said(1)), (amount(60, status="ambiguous"), said(2)))
    assert values(picture, "budget") == [("50万", "found"), ("60万", "ambiguous")]
    assert picture.status("budget", "amount") is Status.FOUND


def test_an_explicit_value_replaces_a_hedged_one():
    picture = tell(Picture(), (amount(60, status="ambiguous"), said(1)), (amount(50), said(2)))
    assert values(picture, "budget") == [("50万", "found")]


def test_several_people_stand_side_by_side_and_one_person_keeps_his_role():
    picture = tell(
        Picture(multiple=MULTIPLE),
        (fact("decision_chain.person", "邵副总", role="decider"), said(1)),
        (fact("decision_chain.person", "蔡主任（采购中心）", role="gatekeeper"), said(2)),
        (fact("decision_chain.person", "邵副总"), said(3)),
    )
    people = [(one.entry.value, one.entry.role) for one in picture.standing("decision_chain")]
    assert people == [("邵副总", "decider"), ("蔡主任（采购中心）", "gatekeeper")]


def test_a_parameter_is_corrected_without_touching_the_others():
    def limit(value: str, number: float) -> Fact:
        return fact("tech_requirements.parameter", value, comparator="≤", number=number, unit="秒")

    picture = tell(
        Picture(multiple=MULTIPLE),
        (limit("节拍≤45秒", 45), said(1)),
        (limit("换型≤480秒", 480), said(1)),
        (limit("节拍≤38秒", 38), said(2)),
    )
    assert values(picture, "tech_requirements") == [("换型≤480秒", "found"), ("节拍≤38秒", "found")]


def test_a_recall_withdraws_only_what_came_from_that_message_and_restores_what_it_replaced():
    picture = tell(
        Picture(),
        (amount(50), said(1)),
        (fact("timeline.deadline", "年底前"), said(1)),
        (amount(60), said(2)),
    )
    result = withdraw(picture, 2, said(9))
    assert values(result.picture, "budget") == [("50万", "found")]
    assert values(result.picture, "timeline") == [("年底前", "found")]
    assert [e.change for e in result.picture.entries][-1] is Change.RETRACTED
    assert {e.id for e in result.changed} == {1, 3, 4}


def test_a_recall_keeps_a_value_that_another_message_also_said():
    picture = tell(Picture(), (amount(50), said(1)), (amount(50), said(2)))
    assert values(withdraw(picture, 1, said(9)).picture, "budget") == [("50万", "found")]


def test_a_second_recall_of_the_same_message_changes_nothing():
    picture = withdraw(tell(Picture(), (amount(50), said(1))), 1, said(8)).picture
    assert withdraw(picture, 1, said(9)).changed == ()


def test_a_later_fact_does_not_revive_a_withdrawn_one():
    picture = withdraw(tell(Picture(), (amount(50), said(1))), 1, said(8)).picture
    assert values(tell(picture, (amount(70), said(9))), "budget") == [("70万", "found")]


def test_confirmation_ends_a_conflict_and_outranks_later_words():
    picture = tell(Picture(), (amount(50), said(1)), (amount(80), said(2, Level.REP)))
    picture = confirm(picture, 1, said(3, Level.CONFIRMED)).picture
    (standing,) = picture.standing("budget")
    assert (standing.entry.value, standing.status, standing.level) == ("50万", Status.FOUND, Level.CONFIRMED)
    picture = tell(picture, (amount(90), said(4)))
    assert picture.status("budget", "amount") is Status.CONFLICT


def test_a_wrong_row_can_be_retracted():
    picture = retract(tell(Picture(), (amount(50), said(1))), 1, said(2, Level.REP)).picture
    assert picture.status("budget", "amount") is Status.ABSENT
    assert len(picture.entries) == 2


def test_recording_a_message_reports_every_new_and_changed_row_once():
    start = tell(Picture(), (amount(50), said(1)))
    result = record_all(start, [amount(60), fact("budget.route", "三家比价")], said(2))
    assert isinstance(result, Recorded)
    assert [e.id for e in result.changed] == [1, 2, 3]
    assert Picture(entries=result.picture.entries).standing() == result.picture.standing()
