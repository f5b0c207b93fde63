"""A whole product on a temporary database, with fakes at its seams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.desk import Desk
from bot.domain.conversation import Consent, Incoming
from bot.interfaces import Page
from bot.packs import load_playbook
from bot.store import conversations, deliveries
from bot.store.migrations import upgrade
from bot.store.store import Store
from bot.tasks import pass_by
from bot.tasks.answer import Answer
from bot.tasks.drain import Drain
from bot.tasks.mind import Mind
from bot.tasks.profile import LookUp
from bot.tasks.read import Read
from bot.tasks.send import Send
from bot.tasks.understand import Understand
from bot.watching import Watching
from bot.worker import EmbeddedJobs
from tests.fakes import KF, FakeChannel, FakeClock, FakeRetriever, FakeUnderstander


@dataclass
class House:
    """The product without its doors."""

    store: Store
    drain: Drain
    jobs: EmbeddedJobs
    desk: Desk
    kf: FakeChannel
    app: FakeChannel
    understander: FakeUnderstander
    watching: Watching
    clock: FakeClock
    delivered: int = 0

    async def agree(self) -> None:
        await self.store.write(
            lambda tx: conversations.record_consent(
                tx,
                rep_id="lixiang",
                customer_id=KF.party,
                state=Consent.AGREED,
                source="test",
                now=self.clock(),
            )
        )

    async def deliver(self, *items: Incoming, door: str = "kf", key: str | None = None) -> bool:
        """A callback came: its items are on the next page, and the lane is drained."""
        self.delivered += 1
        channel = self.kf if door == "kf" else self.app
        channel.pages.append(Page(items=items, cursor=f"c{self.delivered}", has_more=False))
        new = await self.signal(door, key or f"d{self.delivered}")
        await self.settle()
        return new

    async def signal(self, door: str, key: str) -> bool:
        return await self.store.write(
            lambda tx: deliveries.save(
                tx, door=door, key=key, lane=f"read:{door}", payload={}, received_at=self.clock()
            )
        )

    async def settle(self) -> None:
        """Drain every lane that has work due now."""
        from bot.store import jobs

        while lanes := await self.store.read(lambda tx: jobs.unfinished_lanes(tx, self.clock())):
            for lane in lanes:
                await self.drain(lane)

    async def conversation(self) -> int:
        found = await self.desk.find("lixiang", KF.party)
        assert found is not None
        return found


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    path = tmp_path / "wenzhen.db"
    upgrade(path)
    store, clock, watching = Store(path), FakeClock(), Watching()
    playbook = load_playbook()
    kf, app = FakeChannel(), FakeChannel(name="app", keyed=False, by_cursor=False)
    understander = FakeUnderstander()
    channels = {"kf": kf, "app": app}
    with ThreadPoolExecutor(1) as thread:
        mind = Mind(understander=understander, retriever=FakeRetriever(), playbook=playbook, thread=thread)
        answer = Answer(store=store, mind=mind, clock=clock, account="1000002")
        tasks = {
            "read": Read(store, channels, clock, multiple=playbook.multiple),
            "understand": Understand(store, mind, watching, answer, clock),
            "send": Send(store, channels, clock),
            "profile": LookUp(store, channels, clock),
        }
        drain = Drain(store, tasks, clock, checkpoint=pass_by)
        yield House(
            store=store,
            drain=drain,
            jobs=EmbeddedJobs(store, clock, sweep_seconds=0.05),
            desk=Desk(store, playbook, watching, clock),
            kf=kf,
            app=app,
            understander=understander,
            watching=watching,
            clock=clock,
        )
        await asyncio.sleep(0)
        await store.close()
