"""The rep's list of customers: the latest first, and everybody can be found however many there are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.conversation import Consent, Recall
from bot.errors import Refused
from bot.interfaces import Profile
from bot.store import parking
from tests.bot.conftest import House
from tests.fakes import KF, START, said

MANY = 60


async def many(house: House) -> None:
    """Give the rep sixty customers; the first has been silent for longest."""
    for number in range(MANY):
        party = f"wm{number}"
        name, company = f"客户{number}号", "恒盛_精密" if number == 0 else None
        house.kf.profiles[party] = Profile(customer_id=party, name=name, company=company)
    await house.deliver(
        *(
            said(
                f"第{number}位",
                conversation=replace(KF, party=f"wm{number}"),
                at=START + timedelta(seconds=number),
            )
            for number in range(MANY)
        )
    )


async def found(house: House, search: str, rep_id: str = "lixiang") -> list[str]:
    return [line.customer_name for line in (await house.desk.conversations(rep_id, search)).lines]


async def test_the_list_holds_the_latest_and_says_how_many_there_are(house: House) -> None:
    await many(house)
    listed = await house.desk.conversations("lixiang")
    assert [line.last_text for line in listed.lines] == [f"第{number}位" for number in range(59, 9, -1)]
    assert listed.total == MANY


async def test_a_customer_who_is_not_among_the_latest_is_found_by_name_and_company(house: House) -> None:
    await many(house)
    assert await found(house, "客户0号") == ["客户0号"]
    assert await found(house, "恒盛_") == ["客户0号"]
    assert await found(house, "盛%") == []
    assert await found(house, "客户0号", rep_id="wangfang") == []
    assert (await house.desk.conversations("lixiang", "户1")).total == 11


async def test_a_customer_without_a_name_is_found_as_what_is_shown(house: House) -> None:
    await house.deliver(said("你好"))
    assert await found(house, "客户") == ["客户"]


async def test_a_recalled_message_is_not_the_last_one(house: House) -> None:
    await house.deliver(said("一", order=1), said("二", order=2, key="m2"))
    await house.deliver(Recall(key="m2"))
    assert [line.last_text for line in (await house.desk.conversations("lixiang")).lines] == ["一"]


async def test_a_rep_can_retry_for_a_customer_who_is_not_among_the_latest(house: House) -> None:
    house.understander.poison = "第0位"
    await many(house)
    first = await house.desk.find("lixiang", "wm0")
    assert first is not None
    await house.desk.set_consent("lixiang", first, Consent.AGREED)
    await house.deliver(said("第0位又说", conversation=replace(KF, party="wm0"), order=1))
    for _ in range(6):
        house.clock.advance(30)
        await house.settle()
    [job] = await house.store.read(lambda tx: parking.shown(tx, [first]))
    with pytest.raises(Refused):
        await house.desk.retry("wangfang", job.job_id)
    house.understander.poison = None
    await house.desk.retry("lixiang", job.job_id)
    await house.settle()
    assert await house.store.read(lambda tx: parking.shown(tx, [first])) == ()
