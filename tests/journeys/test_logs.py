"""No log line of either process holds a customer's words, a name, a token or a key; what it says is whole."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.journeys.conftest import agree
from tests.journeys.corp import REP, TAKEN_KF, WANG
from tests.journeys.product import Product, until
from tests.journeys.test_crashes import put_reply
from wenzhen.bench.stage import free_port
from wenzhen.demo import DEMO_AGENT, DEMO_CORP, Keys

MARK = "紫色长颈鹿"
POISON = "毒苹果"
WORDS = f"{MARK}：太贵了，订单号SO20260317，报价128800元，故障码E0417"
NAMES = ("王建国", "恒盛精密", "李想")


@dataclass
class Scene:
    """The product and the simulator, each in a process of its own with its own log."""

    product: Product
    keys: Keys
    wecom: httpx.AsyncClient
    simulator_log: Path

    async def play(self, path: str, **body: object) -> None:
        (await self.wecom.post(f"/sim/api/{path}", json=body)).raise_for_status()

    async def customer_says(self, text: str) -> None:
        await self.play(f"kf/{TAKEN_KF}/{WANG}/customer", kind="text", text=text)

    async def rep_says(self, text: str) -> None:
        await self.play(f"apps/{DEMO_AGENT}/{REP}/message", kind="text", text=text)

    async def access_token(self, secret: str) -> str:
        """Ask for the token that is in use: WeCom gives the same one again."""
        query = {"corpid": DEMO_CORP, "corpsecret": secret}
        token: str = (await self.wecom.get("/cgi-bin/gettoken", params=query)).json()["access_token"]
        return token


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    ports = free_port(), free_port()
    product_url, wecom_url = (f"http://127.0.0.1:{port}" for port in ports)
    keys = Keys.load_or_make(tmp_path / "keys.json", product_url)
    environ = keys.environment(data=tmp_path, product_port=ports[0], simulator_url=wecom_url)
    product = Product(environ=environ, folder=tmp_path, url=product_url)
    await product.prepare(agree)
    command = ["-m", "wenzhen", "simulator", "--keys", str(tmp_path / "keys.json")]
    command += ["--state", str(tmp_path / "wecom.json"), "--port", str(ports[1]), "--product", product_url]
    log = tmp_path / "simulator.log"
    with log.open("wb") as file:
        simulator = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=file, stderr=file)
    try:
        async with httpx.AsyncClient(base_url=wecom_url, timeout=30) as wecom:
            await answering(wecom)
            yield Scene(product=product, keys=keys, wecom=wecom, simulator_log=log)
    finally:
        product.end_all()
        simulator.send_signal(signal.SIGTERM)
        await simulator.wait()


async def answering(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                await client.get("/")
            except httpx.TransportError:
                await asyncio.sleep(0.05)
            else:
                return


async def go_wrong_in_every_way(scene: Scene) -> None:
    """Understanding fails, WeCom is busy, hangs up and refuses, callbacks are forged, the process dies."""
    product = scene.product
    await product.start(poison=POISON, crash_at="send.after_call:1")
    await scene.customer_says(WORDS)
    assert await product.ended() == -signal.SIGKILL
    await product.write(lambda tx: put_reply(tx, WORDS, account=TAKEN_KF, party=WANG))
    await product.start(poison=POISON)
    await scene.rep_says(f"{MARK}备注，80万")
    await until(lambda: product.count("outbox where state = 'parked'") == 1, "WeCom refuses the reply")
    await product.settled()
    for failure in ("busy", "drop"):
        await scene.play("faults", fail_calls=failure)
        await scene.rep_says(f"{MARK}{failure}")
        await until(lambda: "job.put_off kind=send" in product.log.read_text("utf-8"), "sending is put off")
        await scene.play("faults", fail_calls="off")
        await product.settled()
    await scene.customer_says(f"{POISON}{WORDS}")
    await until(lambda: "job.failed" in product.log.read_text("utf-8"), "understanding fails")
    async with httpx.AsyncClient(base_url=product.url) as client:
        await client.post("/callbacks/wecom/app", params={"msg_signature": MARK}, content=WORDS.encode())
        await client.get("/sidebar/find", params={"customer": MARK})


def unspeakable(scene: Scene) -> dict[str, str]:
    keys, environ = scene.keys, scene.product.environ
    signals = scene.product.rows("select json_extract(payload, '$.token') from deliveries where door = 'kf'")
    found = {f"{door} {name}": getattr(made, name) for door, made in (("app", keys.app), ("kf", keys.kf))
             for name in ("secret", "token", "aes_key")}  # fmt: skip
    found |= {f"signal {number}": token for number, (token,) in enumerate(signals) if token}
    found |= {"our secret": environ["WENZHEN_SECRET"], "poison": POISON, "mark": MARK, "quoted": quote(MARK)}
    found |= {"order": "SO20260317", "price": "128800", "fault code": "E0417", "amount": "80万"}
    return found | {name: name for name in NAMES}


@pytest.mark.slow
async def test_no_log_line_holds_words_names_tokens_or_keys_and_what_is_logged_is_whole(scene: Scene) -> None:
    await go_wrong_in_every_way(scene)
    secrets = unspeakable(scene)
    for door in (scene.keys.app, scene.keys.kf):
        secrets[f"access token {door.secret[:3]}"] = await scene.access_token(door.secret)
    logs = {
        "product": scene.product.log.read_text("utf-8"),
        "simulator": scene.simulator_log.read_text("utf-8"),
    }
    assert scene.product.count("messages where text like ?", f"%{MARK}%") >= 4, "the words went through it"
    for process, log in logs.items():
        assert [name for name, secret in secrets.items() if secret in log] == [], process
    check_facts(scene.product, logs["product"])


def check_facts(product: Product, log: str) -> None:
    """Ids, counts and errcodes stand in the log as they are in the database: nothing is masked away."""
    [(parked,)] = product.rows("select id from jobs where kind = 'send' and state = 'parked'")
    assert f"job.parked kind=send job={parked} attempts=1 error=CannotProcess\n" in log
    assert re.search(rf"job\.refused kind=send job={parked} error=.*95018", log), "WeCom's number is kept"
    [(poisoned,)] = product.rows("select id from jobs where kind = 'understand' and finished_at is null")
    assert f"job.failed kind=understand job={poisoned} error=ValueError at=_one:" in log
    assert f"token.fetched name={DEMO_CORP}:app expires_in=" in log
    assert "callback.refused door=app reason=-41001\n" in log
    assert "callback.stored door=kf\n" in log
    assert "**" not in log
