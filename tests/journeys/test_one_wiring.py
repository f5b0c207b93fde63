"""Demo and benches run the product that production runs: one wiring, one set of decisions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.corp import Corp
from tests.journeys.product import Product
from wenzhen.demo import Keys
from wenzhen.settings import Suggest, Worker, load_settings

ROOT = Path(__file__).parents[2]
PARTS = {"EmbeddedJobs", "Drain", "Read", "Understand", "Send", "Desk", "callback_router", "Store", "Mind"}
PACKAGES = ("bot", "nlp", "knowledge", "webhooks", "web", "wenzhen")
BENCH_MAY_SET = {"WENZHEN_SUGGEST__COOLDOWN_SECONDS"}


def test_the_demo_decides_like_production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It sets where things are and who they are, and nothing that a decision depends on."""
    keys = Keys.load_or_make(tmp_path / "keys.json", "http://127.0.0.1:1")
    environ = keys.environment(data=tmp_path, product_port=1, simulator_url="http://127.0.0.1:2")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert (settings.suggest, settings.worker) == (Suggest(), Worker())
    assert not [name for name in environ if name.startswith(("WENZHEN_SUGGEST", "WENZHEN_WORKER"))]


def test_the_benches_change_what_they_say_and_nothing_else() -> None:
    """Without the cooldown every message makes a suggestion that can be timed; the bench says so."""
    sources = [path.read_text("utf-8") for path in (ROOT / "wenzhen" / "bench").glob("*.py")]
    assert set(re.findall(r"WENZHEN_[A-Z_]+", "\n".join(sources))) == BENCH_MAY_SET
    assert any("start_demo(" in source for source in sources)


def test_only_the_composition_root_puts_the_parts_together() -> None:
    built = {
        (str(path.relative_to(ROOT)), name)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for name in called(path)
        if name in PARTS
    }
    assert {name for path, name in built if path == "wenzhen/wiring.py"} == PARTS
    # An operator's command reads parked work beside the running product.
    assert {(path, name) for path, name in built if path != "wenzhen/wiring.py"} <= {
        ("wenzhen/operate.py", "Store")
    }


def called(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


async def test_the_suite_itself_runs_the_settings_of_the_demo(corp: Corp, product: Product) -> None:
    demo = corp.keys.environment(
        data=product.folder,
        product_port=int(product.url.rsplit(":", 1)[-1]),
        simulator_url=corp.url.rstrip("/"),
    )
    assert product.environ == demo
