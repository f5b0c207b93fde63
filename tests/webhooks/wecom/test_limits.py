"""A member never gets more from us than WeCom delivers."""

from datetime import timedelta

import pytest

from bot.errors import TryLater
from tests.webhooks.wecom.fakes import Clock
from webhooks.wecom.limits import PER_HOUR, PER_MINUTE, SWEEP_ABOVE_MEMBERS, MemberLimit


def refused_for(limit, member="a"):
    with pytest.raises(TryLater) as caught:
        limit.admit(member)
    return caught.value.after_seconds


def test_the_thirtieth_in_a_minute_waits_until_the_first_is_a_minute_old():
    clock = Clock()
    limit = MemberLimit(clock)
    limit.admit("a")
    clock.move(20)
    for _ in range(PER_MINUTE - 1):
        limit.admit("a")
    assert refused_for(limit) == 40
    clock.move(40)
    limit.admit("a")
    assert refused_for(limit) == 20


def test_members_are_counted_apart_and_without_regard_to_case():
    limit = MemberLimit(Clock())
    for _ in range(PER_MINUTE):
        limit.admit("ZhangSan")
    refused_for(limit, "zhangsan")
    limit.admit("lisi")


def test_the_hour_has_a_limit_of_its_own():
    clock = Clock()
    limit = MemberLimit(clock)
    for _ in range(PER_HOUR):
        limit.admit("a")
        clock.move(3)
    assert refused_for(limit) == 3600 - 3 * PER_HOUR


def test_a_refused_message_is_not_counted():
    clock = Clock()
    limit = MemberLimit(clock)
    for _ in range(PER_MINUTE):
        limit.admit("a")
    for _ in range(50):
        refused_for(limit)
    clock.move(60)
    limit.admit("a")


def test_members_who_are_quiet_for_an_hour_are_forgotten():
    clock = Clock()
    limit = MemberLimit(clock)
    for number in range(SWEEP_ABOVE_MEMBERS):
        limit.admit(f"m{number}")
    clock.move(3601)
    limit.admit("new")
    assert len(limit._sent) == 1


def test_what_an_earlier_process_sent_counts():
    clock = Clock()
    earlier = MemberLimit(clock)
    sent = []
    for _ in range(PER_MINUTE):
        earlier.admit("a")
        sent.append(("A", clock()))
        clock.move(1)
    later = MemberLimit(clock)
    later.remember(sent)
    assert refused_for(later) == refused_for(earlier) == 60 - PER_MINUTE
    later.admit("b")


def test_what_is_remembered_may_come_in_any_order():
    clock = Clock()
    sent = [("a", clock() - timedelta(seconds=second)) for second in range(PER_MINUTE)]
    limit = MemberLimit(clock)
    limit.remember(sent)
    assert refused_for(limit) == 60 - (PER_MINUTE - 1)
