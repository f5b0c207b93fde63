"""What goes when a customer withdraws or takes a message back: everything derived, and what still waits to be sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.domain.conversation import Consent, Recall, RepAssigned
from bot.errors import CannotProcess, TryLater
from bot.interfaces import Page
from bot.store import outbox, tables
from bot.store.store import Transaction
from tests.bot.conftest import House
from tests.fakes import KF, said

OTHER_ACCOUNT = replace(KF, account="wkBBB")
DERIVED = ("objections", "needs", "facts", "suggestions")


async def derived(house: House) -> dict[str, int]:
    """Count the rows themselves: views hide what is gone, and what is only hidden."""

    def count(tx: Transaction) -> dict[str, int]:
        of = {
            name: tx.execute(select(func.count()).select_from(tables.metadata.tables[name]))
            for name in DERIVED
        }
        return {name: result.scalar_one() for name, result in of.items()}

    return await house.store.read(count)


async def withdraw_now(house: House) -> None:
    await house.desk.set_consent("lixiang", await house.conversation(), Consent.WITHDRAWN)


async def recall_now(house: House) -> None:
    house.kf.pages.append(Page(items=(Recall(key="m1"),), cursor="recalled", has_more=False))
    await house.signal("kf", "recall")
    await house.drain("read:kf")


async def gone(house: House, why: str) -> None:
    await {"recall": recall_now, "withdrawal": withdraw_now}[why](house)
    await house.settle()


async def bodies(house: House) -> str:
    return str(await house.store.read(lambda tx: tx.execute(select(tables.outbox.c.body)).all()))


async def test_a_withdrawal_counts_on_every_account_that_the_two_met_on(house: House) -> None:
    await house.agree()
    await house.deliver(said("太贵了，80万，停线"))
    await house.deliver(said("别家好，80万，停线", conversation=OTHER_ACCOUNT))
    assert (await derived(house))["facts"] == 2
    latest = await house.conversation()
    versions = [(await house.desk.view("lixiang", number)).version for number in (1, latest)]
    await house.desk.set_consent("lixiang", latest, Consent.WITHDRAWN)
    assert await derived(house) == dict.fromkeys(DERIVED, 0)
    assert [(await house.desk.view("lixiang", number)).version for number in (1, latest)] == [
        version + 1 for version in versions
    ]


async def test_a_withdrawal_leaves_other_customers_of_the_rep_alone(house: House) -> None:
    await house.agree()
    await house.deliver(said("太贵了，80万，停线"))
    before = await derived(house)
    await house.deliver(said("你好", conversation=replace(KF, party="wmOTHER")))
    other = await house.desk.find("lixiang", "wmOTHER")
    assert other is not None
    await house.desk.set_consent("lixiang", other, Consent.WITHDRAWN)
    assert await derived(house) == before


@pytest.mark.parametrize("why", ["recall", "withdrawal"])
@pytest.mark.parametrize("trouble", [TryLater("busy"), CannotProcess("no")])
async def test_a_suggestion_that_has_not_gone_out_never_will(
    house: House, why: str, trouble: Exception
) -> None:
    await house.agree()
    house.app.failures.append(trouble)
    await house.deliver(said("太贵了，80万，停线", key="m1"))
    assert "可以这样回" in await bodies(house)
    await gone(house, why)
    assert "可以这样回" not in await bodies(house)
    for parked in (await house.desk.view("lixiang", await house.conversation())).parked:
        await house.desk.retry("lixiang", parked.job_id)
    for _ in range(3):
        house.clock.advance(60)
        await house.settle()
    assert house.app.sent == []
    assert (await house.store.read(outbox.totals))["dropped"] == 1
    assert (await house.desk.view("lixiang", await house.conversation())).parked == ()


@pytest.mark.parametrize("why", ["recall", "withdrawal"])
async def test_one_that_was_sent_stays_as_it_is(house: House, why: str) -> None:
    await house.agree()
    await house.deliver(said("太贵了，80万，停线", key="m1"))
    await gone(house, why)
    assert (await house.store.read(outbox.totals))["sent"] == 1
    assert "可以这样回" in await bodies(house)


async def test_one_that_is_given_up_after_it_was_dropped_stays_dropped(house: House) -> None:
    await house.agree()
    house.app.failures.append(TryLater("busy"))
    await house.deliver(said("太贵了", key="m1"))
    await gone(house, "recall")
    await house.store.write(lambda tx: outbox.mark_parked(tx, 1))
    assert (await house.store.read(outbox.totals))["dropped"] == 1


@pytest.mark.parametrize("happens", [recall_now, withdraw_now])
async def test_what_goes_while_the_model_is_reading_leaves_nothing(
    house: House, happens: Callable[[House], Coroutine[Any, Any, None]]
) -> None:
    loop, done = asyncio.get_running_loop(), []

    def meanwhile() -> None:
        asyncio.run_coroutine_threadsafe(happens(house), loop).result(5)
        done.append(happens)

    house.understander.meanwhile = meanwhile
    await house.agree()
    await house.deliver(said("太贵了，80万，停线", key="m1"))
    assert (len(done), len(house.understander.asked)) == (1, 1)
    assert await derived(house) == dict.fromkeys(DERIVED, 0)
    assert await bodies(house) == "[]"


async def test_a_recall_deletes_the_rows_and_does_not_only_hide_them(house: House) -> None:
    await house.agree()
    await house.deliver(said("太贵了，80万，停线", key="m1"))
    assert all((await derived(house)).values())
    await gone(house, "recall")
    left = await derived(house)
    assert {name: left[name] for name in ("objections", "needs", "suggestions")} == {
        "objections": 0, "needs": 0, "suggestions": 0,
    }  # fmt: skip


async def test_the_next_rep_sees_nothing_derived_until_the_customer_has_agreed_to_that_one_too(
    house: House,
) -> None:
    await house.agree()
    await house.deliver(said("太贵了，80万，停线", key="m1"))
    await house.deliver(RepAssigned(conversation=KF, rep_id="hanmeimei"))
    assert all((await derived(house)).values())
    view = await house.desk.view("hanmeimei", 1)
    assert (view.consent, view.heard, view.offer, view.needs) == (Consent.UNKNOWN, None, None, ())
    assert all(dim.status == "absent" and not dim.values for dim in view.dimensions)
