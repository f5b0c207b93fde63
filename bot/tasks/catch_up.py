"""Looks for what no callback announced: an outage longer than WeCom's three tries loses signals, not messages."""

from __future__ import annotations

from datetime import datetime

from bot.store import deliveries
from bot.store.store import Store

EVERY_SECONDS = 3600.0


class CatchUp:
    """Have every lane that is read by a cursor read once more: at the start, and every hour."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, now: datetime) -> None:
        await self._store.write(lambda tx: deliveries.announce_known(tx, now))
