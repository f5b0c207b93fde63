"""Behind a company's proxy: what runs on this machine is reached directly, WeCom through the proxy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from wenzhen.demo import answers
from wenzhen.wiring import wecom_http


class Here(BaseHTTPRequestHandler):
    """Answers to everything that it is here."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"here")

    def log_message(self, *_arguments: object) -> None:
        """Stay silent."""


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server on this machine, and a proxy in the environment that nobody answers at."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.upper(), "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), Here) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_the_demo_sees_its_processes(port: int) -> None:
    assert answers(f"http://127.0.0.1:{port}/")


async def test_a_simulator_on_this_machine_is_reached_directly(port: int) -> None:
    async with wecom_http(f"http://127.0.0.1:{port}") as client:
        assert (await client.get("/")).text == "here"


async def test_wecom_is_reached_through_the_proxy(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
    async with wecom_http("http://wecom.invalid") as client:
        assert (await client.get("/")).text == "here"
