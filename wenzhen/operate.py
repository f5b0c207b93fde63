"""What an operator does from the command line, beside the running server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TypeVar

import httpx

from bot.errors import CannotProcess, FixSettings
from bot.store import jobs, parking
from bot.store.store import Store, Transaction
from wenzhen.settings import Settings
from wenzhen.wiring import status_key, utc_now

T = TypeVar("T")


def parked_lines(path: Path) -> list[str]:
    """Return one line per parked job: number, time, what, where, why. Never the message itself."""
    found = _on(path, lambda store: store.read(jobs.parked))
    return [
        f"{job.id}\t{job.parked_at:%Y-%m-%d %H:%M:%S}\t{job.kind}\t{job.lane}\t{job.reason}" for job in found
    ] or ["nothing is parked"]


def retry_jobs(path: Path, numbers: Iterable[int]) -> list[int]:
    """Put these jobs back to work; the running server finds them within seconds."""

    def work(tx: Transaction) -> list[int]:
        done = []
        for number in numbers:
            if not parking.retry(tx, number, utc_now()):
                raise CannotProcess(f"job {number} is not parked; nothing was changed")
            done.append(number)
        return done

    return _on(path, lambda store: store.write(work))


def status_text(settings: Settings) -> str:
    """Ask the running product on this machine what it has counted since its start; JSON."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.server.host, settings.server.host)
    url = httpx.URL(scheme="http", host=host, port=settings.server.port, path="/statusz")
    try:
        with httpx.Client(trust_env=False, timeout=5) as client:
            answer = client.get(url, headers={"Authorization": f"Bearer {status_key(settings)}"})
    except httpx.TransportError as error:
        raise FixSettings(
            f"nothing answers at {url}; start the product, or check WENZHEN_SERVER__PORT"
        ) from error
    if answer.status_code != httpx.codes.OK:
        raise FixSettings(f"{url} answered {answer.status_code}; is its WENZHEN_SECRET this one?")
    return answer.text


def _on(path: Path, work: Callable[[Store], Awaitable[T]]) -> T:
    if not path.exists():
        raise FixSettings(f"{path} is not there; check WENZHEN_STORAGE__PATH")

    async def run() -> T:
        store = Store(path)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())
