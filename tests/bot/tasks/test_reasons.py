"""Why something was given up is said in words: what happened and what to do, never how the code calls it."""

from __future__ import annotations

import re

import pytest

from bot.errors import CannotProcess, FixSettings, MaybeDone, Refused, TryLater, WenzhenError
from bot.store import jobs
from bot.tasks import reasons
from bot.tasks.drain import PATIENCE
from tests.bot.conftest import House
from tests.fakes import BOT_CHAT, said

ERRORS: tuple[Exception, ...] = (
    TryLater("the engine did not answer"),
    TryLater("企业微信繁忙(企业微信 -1,message/send)"),
    MaybeDone("no answer"),
    TimeoutError(),
    ValueError("客户说的话"),
)
TO_DO = re.compile("再试一次|告诉管理员|看一眼")
OURS = re.compile(r"[A-Z][a-z]+[A-Z]|Error|[a-z]{3,} [a-z]{3,}")


@pytest.mark.parametrize("kind", PATIENCE)
@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_giving_up_after_many_tries_says_what_happened_how_often_and_what_to_do(
    kind: str, error: Exception
) -> None:
    said_so = reasons.after_tries(kind, 7, error)
    assert "试了 7 次" in said_so
    assert TO_DO.search(said_so)
    assert not OURS.search(said_so)
    assert "客户说的话" not in said_so


@pytest.mark.parametrize("kind", PATIENCE)
def test_work_that_ends_the_process_says_so(kind: str) -> None:
    assert TO_DO.search(reasons.cut_off_too_often(kind))


@pytest.mark.parametrize(
    ("error", "starts", "to_do"),
    [
        (CannotProcess("消息太长(企业微信 45002,message/send)"), "消息太长", None),
        (CannotProcess("no such thing"), "这一条处理不了", "告诉管理员"),
        (FixSettings("应用已被停用(企业微信 50003,message/send)"), "应用已被停用", "告诉管理员"),
        (FixSettings("wrong key"), "有一项设置不对", "告诉管理员"),
        (Refused("成员不在应用的可见范围"), "成员不在应用的可见范围", "告诉管理员"),
    ],
)
def test_what_can_never_work_is_said_in_chinese(error: WenzhenError, starts: str, to_do: str | None) -> None:
    said_so = reasons.at_once(error)
    assert said_so.startswith(starts)
    assert to_do is None or to_do in said_so
    assert not OURS.search(said_so.split("(企业微信")[0])


async def test_what_a_person_sees_names_no_class_and_the_log_does(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await house.agree()
    house.understander.poison = "毒"
    with caplog.at_level("INFO", "bot.tasks.drain"):
        await house.deliver(said("毒药"))
        for _ in range(5):
            house.clock.advance(30)
            await house.settle()
    [parked] = await house.store.read(jobs.parked)
    assert not OURS.search(parked.reason)
    assert "job.parked kind=understand job=3 attempts=4 error=ValueError" in caplog.text


async def test_a_lost_answer_asks_the_rep_to_look(house: House) -> None:
    house.kf.failures.extend(MaybeDone("no answer") for _ in range(200))
    house.app.failures.extend(MaybeDone("no answer") for _ in range(200))
    await house.deliver(said("帮助", conversation=BOT_CHAT), door="app")
    for _ in range(30):
        house.clock.advance(60)
        await house.settle()
    [parked] = await house.store.read(jobs.parked)
    assert "看一眼" in parked.reason
