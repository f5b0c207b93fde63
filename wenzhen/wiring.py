"""Builds the product out of its parts. Every dependency is handed over here, once."""

from __future__ import annotations

import asyncio
import base64
import fcntl
import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import httpx
from fastapi import APIRouter, FastAPI

from bot.desk import Desk
from bot.domain.playbook import Attention, Playbook
from bot.errors import FixSettings, Refused
from bot.interfaces import Channel
from bot.packs import load_playbook
from bot.store import deliveries, jobs, outbox
from bot.store.migrations import upgrade
from bot.store.store import Store, Transaction
from bot.store.tokens import TokenShelf
from bot.tasks import Checkpoint, Task, catch_up, pass_by
from bot.tasks.answer import Answer
from bot.tasks.drain import Drain
from bot.tasks.mind import Mind
from bot.tasks.profile import LookUp
from bot.tasks.read import Read
from bot.tasks.send import Send
from bot.tasks.understand import Understand
from bot.watching import Watching
from bot.worker import EmbeddedJobs
from web.app import create_app
from web.headers import HeaderPolicy
from web.health import Status, health_router
from web.login import LoginStates, OAuth, login_router
from web.sessions import Sessions
from web.sidebar import sidebar_router
from webhooks.wecom import limits
from webhooks.wecom.app_channel import AppChannel
from webhooks.wecom.client import Client
from webhooks.wecom.contacts import Contacts
from webhooks.wecom.counters import Counters
from webhooks.wecom.endpoint import Door, DoorKind, NewDelivery, StoreDelivery, callback_router
from webhooks.wecom.envelope import Envelope
from webhooks.wecom.kf import Kf
from webhooks.wecom.kf_channel import KfChannel
from webhooks.wecom.limits import MemberLimit
from webhooks.wecom.login import Login
from webhooks.wecom.media import Media
from webhooks.wecom.messages import Messages
from webhooks.wecom.tokens import TokenSource
from webhooks.wecom.wire import Wire
from wenzhen.engines import Engines
from wenzhen.settings import Settings, is_loopback

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The clock of production."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Wecom:
    """Everything that speaks WeCom."""

    http: httpx.AsyncClient
    channels: dict[str, Channel]
    login: Login
    limit: MemberLimit
    doors: dict[str, Door]
    counters: Counters


@dataclass(frozen=True, kw_only=True)
class Product:
    """The running parts, for the server and for tests."""

    app: FastAPI
    store: Store
    wecom: Wecom
    playbook: Playbook


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What every part stands on."""

    settings: Settings
    store: Store
    clock: Clock
    checkpoint: Checkpoint


def build(
    settings: Settings, engines: Engines, *, clock: Clock = utc_now, checkpoint: Checkpoint = pass_by
) -> Product:
    """Build the product; `product.app` serves it and works while it serves.

    Raises FixSettings when another process already works on the same database.
    """
    path = settings.storage.path
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = only_one(path)
    upgrade(path)
    ground = Ground(settings=settings, store=Store(path), clock=clock, checkpoint=checkpoint)
    store, watching, playbook = ground.store, Watching(), load_playbook(attention=attention(settings))
    wecom = connect(ground)
    embedded = EmbeddedJobs(store, clock, parallel=settings.worker.parallel)
    embedded.every(catch_up.EVERY_SECONDS, catch_up.CatchUp(store))
    thread = ThreadPoolExecutor(1, thread_name_prefix="mind")
    mind = Mind(
        understander=engines.understander, retriever=engines.retriever, playbook=playbook, thread=thread
    )
    lease = settings.worker.lease_seconds
    tasks = build_tasks(ground, wecom, mind, watching)
    drain = Drain(store, tasks, clock, lease_seconds=lease, checkpoint=checkpoint)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # The lock proves that whoever held these leases is gone.
        await store.write(lambda tx: jobs.release_leases(tx, clock()))
        wecom.limit.remember(await store.read(lambda tx: sent_lately(tx, settings, clock())))
        working = asyncio.create_task(embedded.run(drain))
        try:
            yield
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            await wecom.http.aclose()
            thread.shutdown()
            await store.close()
            lock.close()

    routers = build_routers(ground, wecom, Desk(store, playbook, watching, clock))
    policy = HeaderPolicy(frame_ancestors=frame_origins(settings))
    app = create_app(routers=routers, policy=policy, lifespan=lifespan)
    return Product(app=app, store=store, wecom=wecom, playbook=playbook)


def build_tasks(ground: Ground, wecom: Wecom, mind: Mind, watching: Watching) -> dict[str, Task]:
    """Return the tasks by kind of job."""
    store, clock, checkpoint = ground.store, ground.clock, ground.checkpoint
    account = str(ground.settings.wecom.app.agent_id)
    answer = Answer(store=store, mind=mind, clock=clock, account=account)
    read = Read(
        store,
        wecom.channels,
        clock,
        lease_seconds=ground.settings.worker.lease_seconds,
        multiple=mind.playbook.multiple,
        checkpoint=checkpoint,
    )
    return {
        "read": read,
        "understand": Understand(store, mind, watching, answer, clock, checkpoint),
        "send": Send(store, wecom.channels, clock, checkpoint),
        "profile": LookUp(store, wecom.channels, clock),
    }


def build_routers(ground: Ground, wecom: Wecom, desk: Desk) -> list[APIRouter]:
    """Return everything that is served."""
    settings, clock = ground.settings, ground.clock

    async def readable() -> bool:
        await ground.store.check()
        return True

    seconds = _seconds(clock)
    secret = settings.secret.get_secret_value()
    https = settings.server.public_url.startswith("https://")
    sessions = Sessions(secret=secret, clock=seconds, https=https)
    states = LoginStates(secret=secret, clock=seconds)
    hosts = frame_origins(settings) if settings.demo else ()
    oauth = build_oauth(settings, wecom.login)
    return [
        callback_router(wecom.doors, delivery_keeper(ground), counters=wecom.counters, clock=clock),
        sidebar_router(desk=desk, sessions=sessions, clock=time.monotonic, host_origins=hosts),
        login_router(sessions=sessions, demo=settings.demo, oauth=oauth, states=states),
        health_router({"store": readable}, build_status(settings, wecom.counters)),
    ]


def build_status(settings: Settings, counters: Counters) -> Status:
    """Return what an operator sees with `wenzhen status`."""
    return Status(key=status_key(settings), figures={"callbacks": counters.shown})


def status_key(settings: Settings) -> str:
    """Return what opens `/statusz`; made of the one secret, so that the command has it, too."""
    return derive_key(settings, "status").decode()


def delivery_keeper(ground: Ground) -> StoreDelivery:
    """Return what the door hands deliveries to: it comes back once they are on the disk."""

    async def keep(delivery: NewDelivery) -> None:
        await ground.store.write(
            lambda tx: deliveries.save(
                tx,
                door=delivery.door,
                key=delivery.key,
                lane=delivery.lane,
                payload=delivery.payload,
                received_at=delivery.received_at,
            )
        )
        ground.checkpoint("door.stored")

    return keep


def build_oauth(settings: Settings, login: Login) -> OAuth:
    """Return WeCom's web sign-in; only members get in."""

    async def exchange(code: str) -> str:
        visitor = await login.visitor(code)
        if visitor.user_id is None:
            raise Refused("not a member of this corp")
        return visitor.user_id

    return OAuth(
        authorize_url=settings.wecom.authorize_url,
        corp_id=settings.wecom.corp_id,
        agent_id=str(settings.wecom.app.agent_id),
        callback_url=f"{settings.server.public_url.rstrip('/')}/login/callback",
        exchange=exchange,
    )


def wecom_http(api_url: str) -> httpx.AsyncClient:
    """Return the client for WeCom's API; through the environment's proxy, but not to a simulator on this machine."""
    url = httpx.URL(api_url)
    return httpx.AsyncClient(
        base_url=url, timeout=httpx.Timeout(10, connect=5), trust_env=not is_loopback(url.host)
    )


def connect(ground: Ground) -> Wecom:
    """Return clients, channels and doors; nothing is sent yet."""
    settings, clock = ground.settings, ground.clock
    http = wecom_http(settings.wecom.api_url)
    wire, counters = Wire(http), Counters()
    shelf = TokenShelf(ground.store, derive_key(settings, "token shelf"))

    def client(family: str, secret: str) -> Client:
        return Client(
            wire,
            TokenSource(
                wire=wire,
                corp_id=settings.wecom.corp_id,
                family=family,
                secret=secret,
                store=shelf,
                clock=clock,
            ),
        )

    app = client("app", settings.wecom.app.secret.get_secret_value())
    kf = client("kf", settings.wecom.kf.secret.get_secret_value())
    agent_id = settings.wecom.app.agent_id
    limit = MemberLimit(clock)
    messages = Messages(app, agent_id=agent_id, limit=limit)
    channels: dict[str, Channel] = {
        "app": AppChannel(
            messages=messages, media=Media(app), agent_id=agent_id, counters=counters, clock=clock
        ),
        "kf": KfChannel(kf=Kf(kf), media=Media(kf), contacts=Contacts(app), counters=counters, clock=clock),
    }
    return Wecom(
        http=http,
        channels=channels,
        login=Login(app),
        limit=limit,
        doors=build_doors(settings),
        counters=counters,
    )


def sent_lately(tx: Transaction, settings: Settings, now: datetime) -> list[tuple[str, datetime]]:
    """Return what the app has sent to members as far back as WeCom's limit to one member reaches."""
    account = str(settings.wecom.app.agent_id)
    return outbox.tried_since(tx, AppChannel.name, account, now - limits.LONGEST)


def build_doors(settings: Settings) -> dict[str, Door]:
    """Return the two callback addresses, `/callbacks/wecom/app` and `/callbacks/wecom/kf`."""
    doors = {}
    for kind, keys in ((DoorKind.APP, settings.wecom.app), (DoorKind.KF, settings.wecom.kf)):
        envelope = Envelope(
            token=keys.token.get_secret_value(),
            encoding_aes_key=keys.aes_key.get_secret_value(),
            receiver_id=settings.wecom.corp_id,
        )
        doors[kind.value] = Door(name=kind.value, kind=kind, envelope=envelope)
    return doors


def attention(settings: Settings) -> Attention:
    """Return the attention budget that the operator set."""
    suggest = settings.suggest
    return Attention(
        interrupt_from=suggest.interrupt_from,
        cooldown=timedelta(seconds=suggest.cooldown_seconds),
        messages_a_minute=suggest.messages_a_minute,
        fresh_for=timedelta(minutes=suggest.fresh_minutes),
    )


def frame_origins(settings: Settings) -> tuple[str, ...]:
    """Return the pages that may frame the sidebar; in the demo that is the demo window."""
    return (settings.wecom.api_url,) if settings.demo else settings.wecom.frame_ancestors


def derive_key(settings: Settings, purpose: str) -> bytes:
    """Return a Fernet key for one purpose, made of the one secret that the operator keeps."""
    secret = settings.secret.get_secret_value().encode()
    return base64.urlsafe_b64encode(hmac.new(secret, purpose.encode(), hashlib.sha256).digest())


def only_one(path: Path) -> IO[str]:
    """Hold the lock that makes this the only process that works on the database."""
    lock = path.with_suffix(".lock").open("w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise FixSettings(f"another wenzhen already works on {path}; stop it first") from error
    return lock


def _seconds(clock: Clock) -> Callable[[], float]:
    return lambda: clock().timestamp()
