"""Every errcode we know of says what to do next."""

from pathlib import Path

import pytest

from bot.errors import CannotProcess, FixSettings, MaybeDone, Refused, TryLater
from webhooks.wecom.errcodes import STALE_TOKEN, error_for, error_for_status, is_known

CODES_FILE = Path(__file__).with_name("errcodes.txt")


def listed():
    lines = (line for line in CODES_FILE.read_text().splitlines() if not line.startswith("#"))
    for word in " ".join(lines).split():
        first, _, last = word.partition("..")
        yield from range(int(first), int(last or first) + 1)


def test_the_list_is_read_whole():
    codes = list(listed())
    assert len(codes) == len(set(codes)) == 136
    assert {-1, 42036, 95018, 830002} <= set(codes)


@pytest.mark.parametrize("code", sorted(listed()))
def test_every_listed_code_maps_to_one_of_our_errors(code):
    assert is_known(code)
    error = error_for(code, "message/send")
    assert isinstance(error, TryLater | CannotProcess | FixSettings | Refused)
    assert f"企业微信 {code}" in str(error)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (-1, TryLater),
        (45033, TryLater),
        (42001, TryLater),
        (60020, FixSettings),
        (48002, FixSettings),
        (40001, FixSettings),
        (301002, FixSettings),
        (95017, FixSettings),
        (81013, CannotProcess),
        (84061, CannotProcess),
        (45002, CannotProcess),
        (42022, CannotProcess),
        (42043, CannotProcess),
        (95001, CannotProcess),
        (95002, CannotProcess),
        (95018, CannotProcess),
        (40029, Refused),
    ],
)
def test_what_to_do_next_is_right(code, kind):
    assert type(error_for(code, "x")) is kind


def test_frequency_waits_a_minute_and_concurrency_a_moment():
    frequency, concurrency = error_for(45009, "x"), error_for(45033, "x")
    assert isinstance(frequency, TryLater)
    assert isinstance(concurrency, TryLater)
    assert frequency.after_seconds == 60
    assert 1 <= concurrency.after_seconds <= 3


def test_reps_read_why_a_reply_did_not_go_out():
    assert "5 条" in str(error_for(95001, "kf/send_msg"))
    assert "48 小时" in str(error_for(95002, "kf/send_msg"))


def test_an_unknown_code_is_parked_with_its_number():
    error = error_for(777_777, "message/send")
    assert type(error) is CannotProcess
    assert "777777" in str(error)
    assert not is_known(777_777)


def test_the_address_that_is_not_trusted_is_named():
    assert "203.0.113.9" in str(error_for(60020, "message/send", seen_ip="203.0.113.9"))


def test_stale_tokens_are_the_three_that_a_new_token_cures():
    assert {40014, 42001, 40001} == STALE_TOKEN


@pytest.mark.parametrize(
    ("status", "repeatable", "kind"),
    [
        (502, True, TryLater),
        (502, False, MaybeDone),
        (200, False, MaybeDone),
        (429, False, TryLater),
        (403, True, FixSettings),
        (407, False, FixSettings),
    ],
)
def test_what_a_gateway_answers_is_mapped_too(status, repeatable, kind):
    assert type(error_for_status(status, "x", repeatable=repeatable)) is kind
