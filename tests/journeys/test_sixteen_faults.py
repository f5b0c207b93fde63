"""The faults that others' projects have, and where each is proven absent here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAULTS = {
    1: (
        "of a burst only the newest message is handled",
        "tests/journeys/test_backlog.py::test_twelve_messages_behind_one_signal_are_understood_in_order",
        "tests/bot/test_main_path.py::test_twelve_messages_of_one_signal_are_understood_in_order",
        "tests/webhooks/test_door_against_simulator.py::test_twelve_messages_in_a_burst_are_read_once_and_in_order",
    ),
    2: (
        "the cursor is reset and the tail of a backlog is never read",
        "tests/journeys/test_backlog.py::test_killed_between_two_pages_it_goes_on_with_the_second",
        "tests/journeys/test_backlog.py::test_the_tail_of_a_backlog_is_read_when_its_own_signals_were_lost",
        "tests/bot/test_main_path.py::test_a_failed_page_goes_on_from_the_durable_cursor",
    ),
    3: (
        "a message is done before its reply was sent, and a crash loses it",
        "tests/journeys/test_crashes.py::test_killed_at_every_named_step_nothing_is_lost_and_nothing_is_done_twice",
        "tests/journeys/test_crashes.py::test_a_door_that_acknowledges_before_it_commits_is_seen_to_lose",
    ),
    4: (
        "two callbacks of one second are one, the same one three times is answered three times",
        "tests/journeys/test_door.py::test_five_events_of_one_second_are_five_deliveries",
        "tests/journeys/test_door.py::test_the_same_words_twice_in_one_second_are_two_messages",
        "tests/journeys/test_door.py::test_the_same_callback_three_times_at_once_has_one_effect",
    ),
    5: (
        "work is done inside the callback and the five seconds pass",
        "tests/journeys/test_door.py::test_callbacks_are_acknowledged_while_understanding_hangs",
        "tests/journeys/test_outage.py::test_an_api_slower_than_our_patience_delays_messages_and_nothing_else",
        "tests/webhooks/wecom/test_endpoint.py::test_a_store_that_hangs_means_503_too",
    ),
    6: (
        "the answer leaks text, a wrong receiver is accepted, a failed URL check is echoed",
        "tests/journeys/test_door.py::test_what_is_not_wecoms_is_refused_in_milliseconds_and_leaves_nothing",
        "tests/journeys/test_door.py::test_a_failed_url_check_echoes_nothing",
        "tests/webhooks/wecom/test_endpoint.py::test_failed_url_check_echoes_nothing",
    ),
    7: (
        "a crafted 4 MB body freezes the server before the signature is checked",
        "tests/journeys/test_door.py::test_what_is_not_wecoms_is_refused_in_milliseconds_and_leaves_nothing",
        "tests/journeys/test_door.py::test_a_body_without_an_end_is_answered_while_it_still_comes",
        "tests/webhooks/wecom/test_endpoint.py::test_a_four_megabyte_body_is_refused_before_it_is_parsed",
    ),
    8: (
        "chat history is read oldest-first",
        "tests/bot/test_main_path.py::test_twelve_messages_of_one_signal_are_understood_in_order",
    ),
    10: (
        "an edited entry leaves its old version answering",
        "tests/knowledge/test_retrieval.py::test_an_edited_entry_never_answers_with_its_old_text",
        "tests/knowledge/test_retrieval.py::test_a_kept_vector_never_brings_back_an_old_reply",
    ),
    11: (
        "the test bench uses other settings than production",
        "tests/journeys/test_one_wiring.py::test_the_demo_decides_like_production",
        "tests/journeys/test_one_wiring.py::test_the_benches_change_what_they_say_and_nothing_else",
        "tests/journeys/test_one_wiring.py::test_only_the_composition_root_puts_the_parts_together",
    ),
    12: (
        "a suggestion pops up after the rep has already answered",
        "tests/bot/test_main_path.py::test_a_message_that_the_rep_answered_first_gets_no_suggestion",
        "tests/bot/test_main_path.py::test_a_suggestion_disappears_when_the_rep_has_answered",
    ),
    13: (
        "the bot answers while a person has the conversation",
        "tests/journeys/test_outage.py::test_a_chat_that_a_person_has_gets_nothing_from_the_bot",
        "tests/journeys/test_outage.py::test_a_reply_that_a_person_forestalled_is_given_up_at_once",
        "tests/webhooks/test_door_against_simulator.py::test_recall_and_take_over_come_through",
    ),
    14: (
        "customers' words and tokens are written to the log",
        "tests/journeys/test_logs.py::test_no_log_line_holds_words_names_tokens_or_keys_and_what_is_logged_is_whole",
        "tests/house/test_logs.py::test_no_log_call_passes_words_names_or_secrets",
    ),
    15: (
        "a recalled message leaves its derived labels behind",
        "tests/bot/test_main_path.py::test_a_recalled_message_leaves_no_label_and_no_word",
    ),
    16: (
        "masking eats order numbers",
        "tests/wenzhen/test_masking.py::test_order_numbers_prices_and_codes_survive",
        "tests/journeys/test_logs.py::test_no_log_line_holds_words_names_tokens_or_keys_and_what_is_logged_is_whole",
    ),
}
LATER = {9: "success rates of replies are typed in: no rate is shown yet"}


def test_every_fault_has_its_test_or_its_reason() -> None:
    assert sorted([*FAULTS, *LATER]) == list(range(1, 17))
    assert all(len(tests) > 0 for _, *tests in FAULTS.values())


@pytest.mark.slow
def test_every_test_that_is_named_exists_and_is_collected() -> None:
    wanted = sorted({test for _, *tests in FAULTS.values() for test in tests})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", *wanted]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    found = {line.split("[", 1)[0] for line in ended.stdout.splitlines() if "::" in line}
    assert set(wanted) - found == set(), ended.stdout[-2000:]
