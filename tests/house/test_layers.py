"""The layers hold: import-linter's contracts, that they cover everything, and what a contract cannot express."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grimp
import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[2]
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
PACKAGES = sorted(path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests")
MODEL_LIBRARIES = ("onnxruntime", "faiss", "torch", "sklearn", "tokenizers", "sentence_transformers")
ENGINE_LIBRARIES = ("sqlalchemy", "alembic")


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)


@pytest.fixture
def loggers() -> Iterator[None]:
    """import-linter silences every logger there is; other tests read the log."""
    speaking = [
        one
        for one in logging.root.manager.loggerDict.values()
        if isinstance(one, logging.Logger) and not one.disabled
    ]
    yield
    for logger in speaking:
        logger.disabled = False


def contract(name: str) -> dict[str, Any]:
    return next(one for one in CONFIG["contracts"] if one["name"] == name)


def members(layers: list[str]) -> set[str]:
    return {name.strip() for layer in layers for name in layer.split("|")}


def importers(graph: grimp.ImportGraph, *targets: str) -> set[str]:
    return {
        module
        for target in targets
        if target in graph.modules
        for module in graph.find_modules_that_directly_import(target)
    }


def outside(modules: set[str], *homes: str) -> set[str]:
    return {
        name for name in modules if not any(name == home or name.startswith(f"{home}.") for home in homes)
    }


@pytest.mark.usefixtures("loggers")
def test_every_contract_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    code = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert code == 0, capsys.readouterr().out


def test_every_package_has_its_layer() -> None:
    layers = contract("The composition root knows all; the product knows nobody")["layers"]
    assert sorted(CONFIG["root_packages"]) == PACKAGES
    assert sorted(members(layers)) == PACKAGES


def test_every_part_of_the_product_has_its_layer() -> None:
    inside = contract("Inside the product")
    parts = {path.stem if path.is_file() else path.name for path in (ROOT / "bot").iterdir()}
    assert inside["exhaustive"] is True
    assert members(inside["layers"]) == parts - {"__init__", "__pycache__"}


def test_every_door_stands_apart() -> None:
    doors = {f"webhooks.{path.parent.name}" for path in (ROOT / "webhooks").glob("*/__init__.py")}
    assert set(contract("The simulator and the door prove themselves apart")["modules"]) == doors


def test_only_nlp_and_knowledge_load_models(graph: grimp.ImportGraph) -> None:
    loading = importers(graph, *MODEL_LIBRARIES)
    assert loading, "the graph knows the libraries"
    assert outside(loading, "nlp", "knowledge") == set()


def test_only_the_store_knows_tables_and_sql(graph: grimp.ImportGraph) -> None:
    knowing = importers(graph, "bot.store.tables", *ENGINE_LIBRARIES)
    assert knowing, "the graph knows the tables"
    assert outside(knowing, "bot.store") == set()


def test_only_one_file_knows_wechatpy(graph: grimp.ImportGraph) -> None:
    assert importers(graph, "wechatpy") == {"webhooks.wecom.envelope"}


def test_settings_are_read_in_the_composition_root_only(graph: grimp.ImportGraph) -> None:
    assert outside(importers(graph, "wenzhen.settings", "pydantic_settings"), "wenzhen") == set()
