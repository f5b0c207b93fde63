"""What a rep may do with a suggestion, and that it is done once."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.errors import CannotProcess, Refused
from bot.store import suggestions
from bot.store.tables import suggestions as table
from tests.bot.conftest import House
from tests.fakes import said


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
