"""The container files without an engine: the install steps run for real, the rest is read."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from copy import deepcopy
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from wenzhen.cli import main
from wenzhen.settings import names

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "nlp", "knowledge", "webhooks", "web", "wenzhen")
SCHEMA = json.loads((ROOT / "tests" / "fixtures" / "compose.schema.json").read_text(encoding="utf-8"))
COMPOSE = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text(encoding="utf-8"))

Step = tuple[str, str]


def steps() -> list[Step]:
    """The Dockerfile as (instruction, rest), with continued lines joined."""
    text = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    lines = [line.strip() for line in joined.splitlines() if line.strip()]
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines]


def values(instruction: str) -> list[str]:
    return [rest for name, rest in steps() if name == instruction]


def copies() -> list[tuple[list[str], str]]:
    """Each COPY as (sources, destination)."""
    return [(words[:-1], words[-1]) for words in map(shlex.split, values("COPY"))]


def pip_steps() -> list[list[str]]:
    """The pip commands among the RUN steps, as arguments of python."""
    commands = [shlex.split(part) for run in values("RUN") for part in run.split("&&")]
    return [words[1:] for words in commands if words[:3] == ["python", "-m", "pip"]]


def copy_context(into: Path) -> None:
    """Do what the COPY lines do, below `into`."""
    ignored = shutil.ignore_patterns("__pycache__")
    for sources, destination in copies():
        place = into / destination.lstrip("/")
        for source in sources:
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place, ignore=ignored)
            else:
                place.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / source, place)


def shipped_files(root: Path) -> set[str]:
    """Every file of our packages below `root` that has to arrive in an installation."""
    return {
        str(path.relative_to(root))
        for package in PACKAGES
        for path in (root / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name != "README.md"
    }


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A virtual environment in which the Dockerfile's pip steps have run; its prefix."""
    place = tmp_path_factory.mktemp("image")
    copy_context(place)
    venv.create(place / "venv")
    # Our own pip works on the new environment; compiling everything there would only take time.
    pip = [sys.executable, "-m", "pip", "--python", str(place / "venv/bin/python")]
    environ = os.environ | {"PIP_NO_COMPILE": "1"}
    for arguments in pip_steps():
        local = [str(place / word.lstrip("/")) if word.startswith("/src") else word for word in arguments]
        done = subprocess.run([*pip, *local[2:]], env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
    shutil.rmtree(place / "src")
    yield place / "venv"
    shutil.rmtree(place)


@pytest.mark.slow
def test_the_install_steps_bring_every_file_of_our_packages(installed: Path) -> None:
    site = next(installed.glob("lib/python*/site-packages"))
    assert shipped_files(ROOT) - shipped_files(site) == set()


@pytest.mark.slow
def test_the_installed_product_opens_its_models_and_its_database(installed: Path, tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from wenzhen.engines import load_engines; from bot.packs import load_playbook;"
        "from bot.store.migrations import upgrade; import web.sidebar, web.simulator;"
        "load_engines(Path('.')); load_playbook(); upgrade(Path('wenzhen.db')); print('opened')"
    )
    done = subprocess.run(
        [installed / "bin/python", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "opened"), done.stderr[-2000:]


@pytest.mark.slow
def test_the_entry_point_runs_and_names_a_missing_setting(installed: Path, tmp_path: Path) -> None:
    entry = json.loads(values("ENTRYPOINT")[0])
    command = json.loads(values("CMD")[0])
    environ = {"PATH": f"{installed}/bin:/usr/bin:/bin"}
    done = subprocess.run(
        [installed / "bin" / entry[0], *command],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "WENZHEN_SECRET" in done.stderr


def test_there_is_something_to_install() -> None:
    assert pip_steps() == [["-m", "pip", "install", "/src"]]
    assert {source for sources, _ in copies() for source in sources} >= set(PACKAGES)


def test_the_image_does_not_run_as_root_and_keeps_its_data_on_a_volume() -> None:
    user = values("USER")
    assert user, "the last USER decides"
    assert user[-1] not in {"root", "0"}
    assert any(f" {user[-1]} " in f"{run} " for run in values("RUN") if "useradd" in run)
    assert json.loads(values("VOLUME")[0]) == ["/data"]


def test_the_python_of_the_image_is_one_that_we_support() -> None:
    version = re.fullmatch(r"python:(\d+)\.(\d+)-slim", values("FROM")[0])
    assert version is not None
    assert (int(version[1]), int(version[2])) >= (3, 11)
    assert sys.version_info >= (3, 11)


def test_the_health_check_is_a_program_that_runs() -> None:
    check = values("HEALTHCHECK")[0]
    program = json.loads(check[check.index("[") :])
    assert program[:2] == ["python", "-c"]
    compile(program[2], "HEALTHCHECK", "exec")
    assert "/readyz" in program[2]


def test_the_context_lets_in_what_is_copied_and_keeps_secrets_out() -> None:
    rules = (ROOT / "docker" / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    assert "*" in rules
    assert allowed == {source for sources, _ in copies() for source in sources}
    assert not any(fnmatch(secret, rule) for secret in (".env", "data", ".git") for rule in allowed)


def test_compose_keeps_to_the_schema() -> None:
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(COMPOSE)] == []


@pytest.mark.parametrize(
    ("service", "change"),
    [
        ("product", {"ports": ["8700:8700"]}),
        ("product", {"prots": []}),
        ("product", {"restart": "sometimes"}),
        ("demo", {"ports": ["127.0.0.1:8701:8701"]}),
    ],
)
def test_the_schema_sees_a_mistake(service: str, change: dict[str, Any]) -> None:
    broken = deepcopy(COMPOSE)
    broken["services"][service] |= change
    assert not Draft202012Validator(SCHEMA).is_valid(broken)


def test_compose_names_only_what_exists() -> None:
    settings = set(names()) | {"PATH"}
    for name, service in COMPOSE["services"].items():
        context = (ROOT / "docker" / service["build"]["context"]).resolve()
        assert (context / service["build"]["dockerfile"]).is_file(), name
        assert set(service.get("environment", {})) <= settings
        assert service.get("command", ["serve"])[0] in main.commands
        assert {volume.split(":")[0] for volume in service["volumes"]} <= set(COMPOSE["volumes"])


def test_only_the_demo_hides_behind_its_profile() -> None:
    profiles = {name: service.get("profiles", []) for name, service in COMPOSE["services"].items()}
    assert profiles == {"product": [], "demo": ["demo"]}
