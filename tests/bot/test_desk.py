"""What a rep may do: with a suggestion once, and with another rep's conversation nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.desk import Desk
from bot.domain.conversation import Consent, Speaker
from bot.errors import CannotProcess, Refused
from bot.store import suggestions
from bot.store.tables import metadata
from bot.store.tables import suggestions as table
from tests.bot.conftest import House
from tests.fakes import BOT_CHAT, KF, said

HERS = replace(KF, party="wmHERS")


async def offered(house: House, text: str = "太贵了", order: int = 0) -> int:
    """Have the customer doubt something; return the id of the suggestion that follows."""
    await house.agree()
    await house.deliver(said(text, order=order, at=house.clock()))
    view = await house.desk.view("lixiang", await house.conversation())
    assert view.offer is not None
    return view.offer.suggestion_id


async def rows(house: House) -> list[object]:
    return [tuple(row) for row in await house.store.read(lambda tx: tx.execute(select(table)).all())]


async def test_what_is_used_on_one_device_cannot_be_used_or_dismissed_on_another(house: House) -> None:
    suggestion = await offered(house)
    await house.desk.use("lixiang", suggestion, 0, "第一台")
    before = await rows(house)
    with pytest.raises(CannotProcess):
        await house.desk.use("lixiang", suggestion, 0, "第二台")
    with pytest.raises(CannotProcess):
        await house.desk.dismiss("lixiang", suggestion, "not_now")
    assert await rows(house) == before
    assert "第一台" in str(before)


async def test_what_was_dismissed_cannot_be_used(house: House) -> None:
    suggestion = await offered(house)
    await house.desk.dismiss("lixiang", suggestion, "not_now")
    before = await rows(house)
    with pytest.raises(CannotProcess):
        await house.desk.use("lixiang", suggestion, 0, "好的")
    assert await rows(house) == before


async def test_what_was_withdrawn_is_no_longer_there(house: House) -> None:
    """The page tells this from the case above: a rep's own words still go out."""
    suggestion = await offered(house)
    await house.store.write(lambda tx: suggestions.withdraw_open(tx, 1, house.clock()))
    before = await rows(house)
    with pytest.raises(Refused):
        await house.desk.use("lixiang", suggestion, 0, "好的")
    assert await rows(house) == before


Act = Callable[[Desk, str, int], Awaitable[object]]
ON_A_SUGGESTION: dict[str, Act] = {
    "use": lambda desk, rep, number: desk.use(rep, number, 0, "好的"),
    "dismiss": lambda desk, rep, number: desk.dismiss(rep, number, "not_now"),
}
ON_A_CONVERSATION: dict[str, Act] = {
    "see": lambda desk, rep, number: desk.view(rep, number),
    "agree": lambda desk, rep, number: desk.set_consent(rep, number, Consent.AGREED),
    "withdraw": lambda desk, rep, number: desk.set_consent(rep, number, Consent.WITHDRAWN),
}
ON_A_JOB: dict[str, Act] = {"retry": lambda desk, rep, number: desk.retry(rep, number)}
NOT_THERE = 9_999


async def everything(house: House) -> str:
    """Return all rows of all tables."""
    return str(
        await house.store.read(lambda tx: [tx.execute(select(each)).all() for each in metadata.sorted_tables])
    )


async def refused_to_everybody_but_the_owner(house: House, act: Act, number: int) -> None:
    """Hanmeimei has a customer of her own, and still may not; for the owner the same call works."""
    await house.deliver(said("你好", conversation=HERS, rep_id="hanmeimei"))
    before = await everything(house)
    for rep, place in (("hanmeimei", number), ("stranger", number), ("", number), ("lixiang", NOT_THERE)):
        with pytest.raises(Refused):
            await act(house.desk, rep, place)
    assert await everything(house) == before
    await act(house.desk, "lixiang", number)


@pytest.mark.parametrize("act", ON_A_SUGGESTION.values(), ids=ON_A_SUGGESTION)
async def test_another_reps_suggestion_is_as_absent(house: House, act: Act) -> None:
    await refused_to_everybody_but_the_owner(house, act, await offered(house))


@pytest.mark.parametrize("act", ON_A_CONVERSATION.values(), ids=ON_A_CONVERSATION)
async def test_another_reps_conversation_is_as_absent(house: House, act: Act) -> None:
    await offered(house)
    await refused_to_everybody_but_the_owner(house, act, await house.conversation())


@pytest.mark.parametrize("act", ON_A_JOB.values(), ids=ON_A_JOB)
async def test_another_reps_parked_work_is_as_absent(house: House, act: Act) -> None:
    house.understander.poison = "毒"
    await house.agree()
    await house.deliver(said("毒药"))
    for _ in range(6):
        house.clock.advance(30)
        await house.settle()
    (parked,) = (await house.desk.view("lixiang", await house.conversation())).parked
    await refused_to_everybody_but_the_owner(house, act, parked.job_id)


async def test_a_bot_chat_is_no_customer_conversation_even_for_its_rep(house: House) -> None:
    await house.deliver(said("帮助", conversation=BOT_CHAT, speaker=Speaker.REP), door="app")
    with pytest.raises(Refused):
        await house.desk.view("lixiang", 1)
