"""What a rep does: it reaches the desk, for the own conversations, from our own page only."""

import pytest
from fastapi.routing import iter_route_contexts

from bot.domain.conversation import Consent
from tests.web.conftest import HERE, SCRIPT

ACTIONS = {
    "/sidebar/suggestions/12/use": {"passage": 1, "text": "好的，王总"},
    "/sidebar/suggestions/12/dismiss": {"reason": "not_now"},
    "/sidebar/c/1/consent": {"consent": "withdrawn"},
    "/sidebar/jobs/4/retry": {},
}
DONE = [
    ("use", 12, 1, "好的，王总"),
    ("dismiss", 12, "not_now"),
    ("consent", 1, Consent.WITHDRAWN),
    ("retry", 4),
]


async def test_each_action_reaches_the_desk(client, desk):
    for path, body in ACTIONS.items():
        assert (await client.post(path, json=body, headers=SCRIPT)).status_code == 200
    assert desk.done == DONE


async def test_each_action_may_come_as_a_form(client, desk):
    for path, body in ACTIONS.items():
        assert (await client.post(path, data=body, headers=SCRIPT)).status_code == 200
    assert desk.done == DONE


@pytest.mark.parametrize("path", ACTIONS)
async def test_who_is_not_signed_in_does_nothing(client_for, desk, path):
    answer = await client_for(None).post(path, json=ACTIONS[path], headers=SCRIPT)
    assert answer.status_code == 401
    assert desk.done == []


@pytest.mark.parametrize("path", ACTIONS)
async def test_what_belongs_to_another_rep_looks_absent(client_for, desk, path):
    stranger = client_for("hanmeimei")
    foreign = await stranger.post(path, json=ACTIONS[path], headers=SCRIPT)
    missing = path.replace("/12/", "/999/").replace("/c/1/", "/c/999/").replace("/4/", "/999/")
    absent = await stranger.post(missing, json=ACTIONS[path], headers=SCRIPT)
    assert foreign.status_code == absent.status_code == 404
    assert foreign.text == absent.text
    assert desk.done == []


@pytest.mark.parametrize("number", [2**63, 2**70, -(2**70), 0])
async def test_a_number_that_no_row_can_have_looks_absent(client, desk, number):
    for path in (f"/sidebar/c/{number}", f"/sidebar/c/{number}/events"):
        assert (await client.get(path)).status_code == 404
    for path, body in ACTIONS.items():
        absent = path.replace("/12/", f"/{number}/").replace("/c/1/", f"/c/{number}/")
        answer = await client.post(absent.replace("/4/", f"/{number}/"), json=body, headers=SCRIPT)
        assert answer.status_code == 404, absent
    assert desk.done == []


def unsafe_paths(app) -> list[str]:
    contexts = iter_route_contexts(app.routes)
    return [one.path for one in contexts if set(one.methods or ()) - {"GET", "HEAD"}]


def test_the_route_table_shows_every_action(app):
    assert len(unsafe_paths(app)) == len(ACTIONS)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": HERE},
        {"x-wenzhen": "1"},
        {"x-wenzhen": "1", "origin": "https://evil.example"},
        {"x-wenzhen": "1", "origin": "null"},
        {"x-wenzhen": "1", "origin": "http://127.0.0.1:9001"},
        {"x-wenzhen": "1", "origin": HERE, "sec-fetch-site": "same-site"},
    ],
)
async def test_no_route_changes_anything_for_another_site(app, client, desk, headers):
    for path in unsafe_paths(app):
        filled = path.format(suggestion_id=12, conversation_id=1, job_id=4)
        answer = await client.post(filled, json=ACTIONS[filled], headers=headers)
        assert answer.status_code == 403, filled
    assert desk.done == []


@pytest.mark.parametrize("path", ACTIONS)
async def test_nothing_changes_by_get(client, path):
    assert (await client.get(path)).status_code in {404, 405}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/sidebar/suggestions/12/use", {"passage": 0, "text": "  "}),
        ("/sidebar/suggestions/12/use", {"passage": -1, "text": "好"}),
        ("/sidebar/suggestions/12/use", {"passage": 0, "text": "好" * 2001}),
        ("/sidebar/suggestions/12/use", {"passage": 0, "text": "好", "rep_id": "hanmeimei"}),
        ("/sidebar/suggestions/12/dismiss", {"reason": "ugly"}),
        ("/sidebar/c/1/consent", {"consent": "unknown"}),
        ("/sidebar/jobs/four/retry", {}),
    ],
)
async def test_what_makes_no_sense_is_refused_in_chinese(client, desk, path, body):
    answer = await client.post(path, json=body, headers=SCRIPT)
    assert answer.status_code == 422
    assert answer.json() == {"error": "内容不完整。请检查后再试一次。"}
    assert desk.done == []


@pytest.mark.parametrize("body", [b"[1]", b"{", b"\xff\xfe", b"null"])
async def test_a_broken_body_is_refused(client, body):
    answer = await client.post("/sidebar/suggestions/12/use", content=body, headers=SCRIPT)
    assert answer.status_code == 422


async def test_a_body_over_16_kilobytes_is_refused_unread(client, desk):
    sent = 0

    async def endless():
        nonlocal sent
        while True:
            sent += 4096
            yield b" " * 4096

    answer = await client.post("/sidebar/suggestions/12/use", content=endless(), headers=SCRIPT)
    assert answer.status_code == 413
    assert sent <= 32 * 1024
    assert desk.done == []
