"""The parts of the simulator, put together once and shared by the API families and the control API."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from webhooks.simulator.callbacks import Delivery, Rhythm, Sender
from webhooks.simulator.ceilings import Ceilings
from webhooks.simulator.faults import Faults, Limits
from webhooks.simulator.state import State
from webhooks.simulator.storage import MediaShelf, Snapshot
from webhooks.simulator.tokens import Tokens
from webhooks.simulator.trace import Background, Changes, Trace
from webhooks.simulator.world import Door, DoorKeys, World

SNAPSHOT_PAUSE_SECONDS = 0.5
LONGEST_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a simulator runs.

    clock: Unix seconds. sleep: waits between callback attempts, in delays and in the story.
    state_path: a JSON file that survives restarts; media lie in a folder beside it.
    control_origins: web origins whose pages may use the control API (for example the demo page's).
    transport: how callbacks travel; None means real HTTP.
    """

    clock: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    limits: Limits = field(default_factory=Limits)
    state_path: Path | None = None
    story_path: Path | None = None
    control_origins: tuple[str, ...] = ()
    transport: httpx.AsyncBaseTransport | None = None


class Simulator:
    """One running WeCom. `faults` is changed in place; `state` is replaced by `reset`."""

    def __init__(self, world: World, options: Options) -> None:
        self.world = world
        self.options = options
        self.clock = options.clock
        self.limits = options.limits
        self.doors: dict[str, Door] = dict(world.doors)
        self.faults = Faults()
        self.changes = Changes()
        self.trace = Trace(options.clock, self.changes)
        self.background = Background()
        self.ceilings = Ceilings(options.clock)
        self.snapshot = Snapshot(options.state_path, world.corp_id)
        self.state: State = self.snapshot.load()
        self.shelf = MediaShelf(options.state_path.with_suffix(".media") if options.state_path else None)
        self.pulls = 0
        self.tokens = Tokens(world.corp_id, self.doors, clock=options.clock, limits=options.limits)
        # Callbacks stay in the house: no proxy from the environment, and the sender keeps the time itself.
        self.client = httpx.AsyncClient(transport=options.transport, timeout=LONGEST_SECONDS, trust_env=False)
        self.sender = Sender(
            self.doors,
            self.client,
            corp_id=world.corp_id,
            rhythm=Rhythm(clock=options.clock, sleep=options.sleep, limits=options.limits),
            faults=self.faults,
            trace=self.trace,
        )

    def emit(self, delivery: Delivery) -> None:
        """Send a callback in the background; no order between callbacks is promised."""
        self.background.spawn(self.sender.deliver(delivery))

    async def settle(self) -> None:
        """Wait until all callbacks were answered or given up."""
        await self.background.settle()

    async def set_callback(self, name: str, keys: DoorKeys) -> str:
        """Save a callback URL as an admin does: only when verification passes; return the reason if not."""
        door = replace(self.doors[name], keys=keys)
        reason = await self.sender.verify(door)
        if not reason:
            self.doors[name] = door
        return reason

    def reset(self) -> None:
        """Forget chats, logs and codes and switch all faults off; counters go on, so cursors stay true."""
        for media_id in self.state.media:
            self.shelf.drop(media_id)
        self.state = State(corp_id=self.world.corp_id, next_seq=self.state.next_seq)
        self.set_faults(Faults())

    def set_faults(self, wanted: Faults) -> None:
        for name, value in wanted:
            setattr(self.faults, name, value)
        self.changes.touch()

    async def keep_snapshot(self) -> None:
        """Write the state whenever it changed, at most twice a second; run until cancelled."""
        version = self.changes.version
        while True:
            version = await self.changes.beyond(version)
            await asyncio.sleep(SNAPSHOT_PAUSE_SECONDS)
            self.snapshot.save(self.state)

    async def close(self) -> None:
        await self.background.cancel()
        self.snapshot.save(self.state)
        await self.client.aclose()
