"""The demo: the product and the simulator of WeCom as two processes on this machine, with example people."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import click

from bot.domain.conversation import Consent
from bot.errors import FixSettings
from bot.store import conversations
from bot.store.store import Store, Transaction
from webhooks.simulator.world import DoorKeys
from wenzhen.serve import check_port, make_folder
from wenzhen.wiring import utc_now

START_SECONDS = 60
HOST = "127.0.0.1"

# The pair of the example story has agreed; the other customers show how agreement is asked for.
DEMO_REP = "lixiang"
DEMO_CUSTOMER = "wmHs8KqTAAx3P0wjg2mYv1ZcRf7LdQ9e"
DEMO_CORP = "ww9f2c51d07ab84e36"
DEMO_AGENT = "1000002"


@dataclass(frozen=True, kw_only=True)
class Keys:
    """What a real admin would copy out of WeCom's console; made once per demo folder."""

    secret: str = field(repr=False)
    app: DoorKeys
    kf: DoorKeys

    @classmethod
    def load_or_make(cls, path: Path, product_url: str) -> Keys:
        """Read the keys of this folder, or make them; the file is for the owner only."""
        if not path.exists():
            make_folder(path.parent)
            made = {
                "secret": secrets.token_urlsafe(48),
                "app": asdict(DoorKeys.generate()),
                "kf": asdict(DoorKeys.generate()),
            }
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(made, file)
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            doors = {
                name: DoorKeys(**{**kept[name], "callback_url": f"{product_url}/callbacks/wecom/{name}"})
                for name in ("app", "kf")
            }
            return cls(secret=kept["secret"], **doors)
        except OSError as error:
            raise FixSettings(f"cannot read {path}: {error.strerror}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise FixSettings(
                f"{path} is damaged; delete it (and the data beside it) to start anew"
            ) from error

    def environment(self, *, data: Path, product_port: int, simulator_url: str) -> dict[str, str]:
        """Return the settings of the product as environment variables."""
        return {
            "WENZHEN_SECRET": self.secret,
            "WENZHEN_DEMO": "true",
            "WENZHEN_SERVER__PORT": str(product_port),
            "WENZHEN_SERVER__PUBLIC_URL": f"http://{HOST}:{product_port}",
            "WENZHEN_STORAGE__PATH": str(data / "wenzhen.db"),
            "WENZHEN_WECOM__CORP_ID": DEMO_CORP,
            "WENZHEN_WECOM__API_URL": simulator_url,
            "WENZHEN_WECOM__AUTHORIZE_URL": f"{simulator_url}/connect/oauth2/authorize",
            "WENZHEN_WECOM__APP__AGENT_ID": DEMO_AGENT,
            "WENZHEN_WECOM__APP__SECRET": self.app.secret,
            "WENZHEN_WECOM__APP__TOKEN": self.app.token,
            "WENZHEN_WECOM__APP__AES_KEY": self.app.aes_key,
            "WENZHEN_WECOM__KF__SECRET": self.kf.secret,
            "WENZHEN_WECOM__KF__TOKEN": self.kf.token,
            "WENZHEN_WECOM__KF__AES_KEY": self.kf.aes_key,
        }


@dataclass(frozen=True, kw_only=True)
class Running:
    """The two processes of a demo and where they answer."""

    keys: Keys
    product_url: str
    simulator_url: str
    children: tuple[subprocess.Popen[bytes], ...]


def run_demo(*, data: Path, port: int, simulator_port: int) -> None:
    """Start both, say what to open, and stop both on Ctrl-C. Data stays in `data` for the next start."""
    for number in (port, simulator_port):
        check_port(HOST, number)
    # Both end it in order, also where the shell has it ignore Ctrl-C (started with &).
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.default_int_handler)
    running = start_demo(data=data, port=port, simulator_port=simulator_port)
    try:
        click.echo(f"\n问诊已启动，请打开： {running.simulator_url}\n(Ctrl-C 停止；数据保存在 {data})\n")
        _wait_for_one(running.children)
    except KeyboardInterrupt:
        pass
    finally:
        stop_demo(running)


def start_demo(
    *,
    data: Path,
    port: int,
    simulator_port: int,
    overrides: Mapping[str, str] | None = None,
    quiet: bool = False,
) -> Running:
    """Start the simulator and the product on it, and return when both answer."""
    product_url, simulator_url = f"http://{HOST}:{port}", f"http://{HOST}:{simulator_port}"
    keys = Keys.load_or_make(data / "keys.json", product_url)
    settings = keys.environment(data=data, product_port=port, simulator_url=simulator_url)
    inherited = {name: value for name, value in os.environ.items() if not name.upper().startswith("WENZHEN_")}
    simulator = (
        "simulator",
        "--keys", str(data / "keys.json"),
        "--state", str(data / "simulator.json"),
        "--port", str(simulator_port),
        "--product", product_url,
    )  # fmt: skip
    children = (
        _start(*simulator, environ=inherited, quiet=quiet),
        _start("serve", environ={**inherited, **settings, **(overrides or {})}, quiet=quiet),
    )
    running = Running(keys=keys, product_url=product_url, simulator_url=simulator_url, children=children)
    with ExitStack() as cleanup:
        cleanup.callback(stop_demo, running)
        _wait_until_up(children, (f"{product_url}/readyz", f"{simulator_url}/"))
        cleanup.pop_all()
    return running


def stop_demo(running: Running) -> None:
    """Stop both, the product first: the simulator keeps what it was told until the last moment."""
    for child in reversed(running.children):
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def agree_for_demo(tx: Transaction) -> None:
    """Record that the demo's pair has agreed, once."""
    if conversations.consent(tx, DEMO_REP, DEMO_CUSTOMER) is Consent.UNKNOWN:
        conversations.record_consent(
            tx,
            rep_id=DEMO_REP,
            customer_id=DEMO_CUSTOMER,
            state=Consent.AGREED,
            source="demo",
            now=utc_now(),
        )


async def prepare_demo(store: Store) -> None:
    """Put the demo's consent in place."""
    await store.write(agree_for_demo)


def _start(*command: str, environ: dict[str, str], quiet: bool) -> subprocess.Popen[bytes]:
    sink = subprocess.DEVNULL if quiet else None
    return subprocess.Popen([sys.executable, "-m", "wenzhen", *command], env=environ, stderr=sink)


def _wait_until_up(children: Iterable[subprocess.Popen[bytes]], urls: Iterable[str]) -> None:
    deadline = time.monotonic() + START_SECONDS
    for url in urls:
        while not answers(url):
            if any(child.poll() is not None for child in children):
                raise FixSettings("the demo could not start; the reason stands above")
            if time.monotonic() > deadline:
                raise FixSettings(f"{url} did not answer within {START_SECONDS} s")
            time.sleep(0.1)


def answers(url: str) -> bool:
    """Tell whether this machine's `url` answers 200."""
    try:
        # Through no proxy: what a company's environment names as one does not reach this machine.
        with build_opener(ProxyHandler({})).open(url, timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _wait_for_one(children: Iterable[subprocess.Popen[bytes]]) -> None:
    while all(child.poll() is None for child in children):
        time.sleep(0.3)
