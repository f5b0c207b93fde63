"""The demo as a newcomer meets it: starts, shows, stops, and finds its data again."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from bot.errors import FixSettings
from wenzhen.bench.stage import free_port
from wenzhen.demo import DEMO_CUSTOMER, DEMO_REP, Keys, Running, start_demo, stop_demo
from wenzhen.serve import check_port

pytestmark = pytest.mark.slow
OPEN_KFID = "wkQz5MvRAAe1H8tdn4yGc7BoXs3JpU6w"


def start(data: Path) -> Running:
    return start_demo(data=data, port=free_port(), simulator_port=free_port(), quiet=True)


def panel(running: Running, client: httpx.Client, words: str) -> str:
    """The sidebar's page once it shows `words`."""
    client.get(f"{running.product_url}/demo/login", params={"as": DEMO_REP})
    deadline = time.monotonic() + 20
    page = ""
    while time.monotonic() < deadline:
        answer = client.get(
            f"{running.product_url}/sidebar", params={"customer": DEMO_CUSTOMER}, follow_redirects=True
        )
        page = answer.text
        if words in page:
            return page
        time.sleep(0.1)
    raise AssertionError(f"{words} did not appear in a page of {len(page)} characters")


def test_a_customers_message_reaches_the_sidebar_and_is_still_there_after_a_restart(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    running = start(data)
    with httpx.Client() as client:
        try:
            client.post(
                f"{running.simulator_url}/sim/api/kf/{OPEN_KFID}/{DEMO_CUSTOMER}/customer",
                json={"kind": "text", "text": "你们这个价格比别家高了快三成,而且等货要三个月"},
            ).raise_for_status()
            page = panel(running, client, "可以这样回")
            for word in ("价格", "竞品", "交付", "王建国", "恒盛精密"):
                assert word in page
        finally:
            stop_demo(running)
    assert all(child.returncode is not None for child in running.children)

    again = start(data)
    with httpx.Client() as client:
        try:
            assert "价格" in panel(again, client, "王建国")
            chats = client.get(f"{again.simulator_url}/sim/api/state").json()["kf_chats"]
            assert any("三成" in message["text"] for chat in chats for message in chat["messages"])
        finally:
            stop_demo(again)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_either_signal_ends_the_demo_and_both_of_its_servers(tmp_path: Path, stop: signal.Signals) -> None:
    ports = free_port(), free_port()
    command = [
        *(sys.executable, "-m", "wenzhen", "demo", "--data", str(tmp_path / "demo")),
        *("--port", str(ports[0]), "--simulator-port", str(ports[1])),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as demo:
        assert demo.stdout is not None
        assert any("请打开" in line for line in demo.stdout)
        demo.send_signal(stop)
        assert demo.wait(20) == 0
    for port in ports:
        check_port("127.0.0.1", port)


def test_keys_are_made_once_for_the_owner_only_and_damage_is_said(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    made = Keys.load_or_make(path, "http://127.0.0.1:1")
    assert Keys.load_or_make(path, "http://127.0.0.1:1") == made
    assert path.stat().st_mode & 0o777 == 0o600
    assert made.secret not in repr(made)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(FixSettings, match="damaged"):
        Keys.load_or_make(path, "http://127.0.0.1:1")
