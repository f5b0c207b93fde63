"""What the documents promise is there: commands, links, files, settings, addresses, words, decisions."""

from __future__ import annotations

import importlib.util
import pkgutil
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import click
import httpx
import pytest

from tests.fakes import FakeRetriever, FakeUnderstander
from tests.house.documents import ROOT, anchors, command_lines, commands, documents, links, prose, read, spans
from webhooks.simulator import control
from wenzhen.cli import main
from wenzhen.engines import Engines
from wenzhen.settings import Settings, names
from wenzhen.wiring import build

EVERY = pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
DECISIONS = ROOT / "docs" / "decisions"
TOP = {path.name for path in ROOT.iterdir()}
# Inside the container; everything else that begins with a slash is an address that we serve.
CONTAINER_PATHS = ("/data", "/src")
ADDRESSES = (
    *("/callbacks", "/healthz", "/readyz", "/statusz", "/login", "/sidebar"),
    *("/demo", "/sim", "/connect"),
)
HOSTS = {
    *("127.0.0.1", "localhost", "wenzhen.example.com"),
    *("work.weixin.qq.com", "developer.work.weixin.qq.com", "qyapi.weixin.qq.com", "open.weixin.qq.com"),
    *("github.com", "keepachangelog.com", "semver.org", "huggingface.co", "www.apache.org", "opensource.org"),
}


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def resolve(words: list[str]) -> click.Command:
    """Walk the words of a `wenzhen` call to the command that runs; KeyError names what is not there."""
    command: click.Command = main
    for word in words:
        if isinstance(command, click.Group):
            if word.startswith("-"):
                break
            command = command.commands[word]
    known = {option for one in command.params for option in one.opts} | {"--help", "--version"}
    unknown = [word for word in words if word.startswith("-") and word.split("=")[0] not in known]
    if unknown:
        raise KeyError(unknown[0])
    return command


def glossary() -> Iterator[tuple[str, str, str]]:
    """The rows of ARCHITECTURE's words: word, Chinese name, where it stands in the code."""
    table = read(ROOT / "ARCHITECTURE.md").partition("## Words")[2]
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 4 and cells[0] != "word":
            yield cells[0], cells[1], cells[3].strip("`")


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to the product, built with fakes for its models."""
    doors = {"secret": "s", "token": "t", "aes_key": "a" * 43}
    settings = Settings(
        secret="s" * 40,
        storage={"path": tmp_path / "wenzhen.db"},
        wecom={"corp_id": "ww1", "app": {"agent_id": 1, **doors}, "kf": doors},
        _env_file=None,
    )
    product = build(settings, Engines(understander=FakeUnderstander(), retriever=FakeRetriever()))
    transport = httpx.ASGITransport(product.app)
    async with (
        product.app.router.lifespan_context(product.app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8700") as speaking,
    ):
        yield speaking


@EVERY
def test_every_make_target_exists(path: Path) -> None:
    named = {word for call in commands(path, "make") for word in call[1:] if "=" not in word}
    assert named - make_targets() == set()


@EVERY
def test_every_wenzhen_command_and_option_exists(path: Path) -> None:
    for call in commands(path, "wenzhen"):
        resolve(call[1:])


@EVERY
def test_every_python_module_that_is_run_exists(path: Path) -> None:
    for call in commands(path, "python"):
        if call[1:2] == ["-m"]:
            assert importlib.util.find_spec(call[2]), call


@pytest.mark.parametrize("words", [["serv"], ["demo", "--prot", "1"], ["eval", "objection", "f"]])
def test_a_command_that_does_not_exist_is_noticed(words: list[str]) -> None:
    with pytest.raises(KeyError):
        resolve(words)


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_first_steps_are_exactly_two_commands(name: str) -> None:
    assert list(command_lines(ROOT / name)) == [["make", "demo"], ["make", "test"]]


@EVERY
def test_every_relative_link_resolves(path: Path) -> None:
    broken = []
    for link in links(path):
        target, _, fragment = link.partition("#")
        if urlsplit(link).scheme:
            continue
        file = (path.parent / target).resolve() if target else path
        if not file.exists() or (fragment and fragment not in anchors(file)):
            broken.append(link)
    assert broken == []


@EVERY
def test_every_file_that_is_named_exists(path: Path) -> None:
    named = [span for span in spans(path) if re.fullmatch(r"\.?[\w.-]+(/[\w.-]+)+/?", span)]
    ours = [span for span in named if span.split("/")[0] in TOP - {".venv", "data"}]
    assert [span for span in ours if not (ROOT / span).exists()] == []


@EVERY
def test_every_setting_that_is_named_exists(path: Path) -> None:
    assert set(re.findall(r"WENZHEN_[A-Z_]*[A-Z]", read(path))) - set(names()) == set()


@EVERY
def test_every_address_elsewhere_is_a_known_one(path: Path) -> None:
    found = {urlsplit(address).hostname for address in re.findall(r"https?://[^\s)`'\"<>]+", read(path))}
    assert found - HOSTS == set()


@EVERY
def test_no_path_of_somebodys_machine_is_left(path: Path) -> None:
    found = re.findall(r"(?<![\w.:/>…$})*\]-])/[A-Za-z][\w.-]*", read(path))
    assert [one for one in found if not one.startswith((*ADDRESSES, *CONTAINER_PATHS))] == []


async def test_every_address_that_is_named_is_served(client: httpx.AsyncClient) -> None:
    named = {
        "/" + span.split(">/", 1)[-1].lstrip("/")
        for path in documents()
        for span in spans(path)
        if re.fullmatch(r"(<[^>]+>)?/[a-z][\w/-]*", span) and not span.startswith(CONTAINER_PATHS)
    }
    assert {"/callbacks/wecom/app", "/callbacks/wecom/kf", "/healthz", "/readyz"} <= named
    ours = sorted(address for address in named if not address.startswith(control.router.prefix))
    answers = {address: (await client.get(address)).status_code for address in [*ours, "/not-there"]}
    assert [address for address, status in answers.items() if status == 404] == ["/not-there"]


def test_every_decision_is_in_the_index_under_its_own_number_and_title() -> None:
    files = sorted(path for path in DECISIONS.glob("*.md") if path.name != "README.md")
    rows = re.findall(r"^\| (\d+) \| \[[^\]]+\]\(([^)]+)\) \|$", read(DECISIONS / "README.md"), re.MULTILINE)
    assert [name for _, name in rows] == [path.name for path in files]
    for number, name in rows:
        assert name.startswith(f"{int(number):04d}-")
        assert read(DECISIONS / name).startswith(f"# {number}. ")


def test_every_word_of_the_glossary_is_in_the_code_or_said_to_come_later() -> None:
    rows = list(glossary())
    for word, chinese, place in rows:
        assert re.fullmatch(r"[\u4e00-\u9fff]+", chinese), word
        if place != "later":
            _named(place)
    assert len({word for word, _, _ in rows}) == len(rows)
    assert len({chinese for _, chinese, _ in rows}) == len(rows)


def _named(place: str) -> None:
    """Find `module.Class.field`; a field of a dataclass without default is no attribute of its class."""
    owner, _, last = place.rpartition(".")
    found = pkgutil.resolve_name(owner)
    assert hasattr(found, last) or last in getattr(found, "__annotations__", {}), place


def test_no_word_that_the_glossary_puts_off_has_arrived_unnoticed() -> None:
    code = "\n".join(read(path) for path in (ROOT / "bot").rglob("*.py"))
    later = [word for word, _, place in glossary() if place == "later"]
    for word in later:
        assert not re.search(rf"^class {word.title().replace(' ', '')}\b", code, re.MULTILINE), word


def test_both_readmes_say_the_same() -> None:
    english, chinese = read(ROOT / "README.md"), read(ROOT / "README.zh-CN.md")
    for pattern in (
        r"^#+ ",
        r"^\d+\. ",
        r"^- ",
        r"^\| ",
        r"`make [a-z-]+`",
        r"/callbacks/[a-z/]+",
        r"WENZHEN_[A-Z_]+",
    ):
        assert len(re.findall(pattern, english, re.MULTILINE)) == len(
            re.findall(pattern, chinese, re.MULTILINE)
        ), pattern


@EVERY
def test_it_is_read_in_five_minutes(path: Path) -> None:
    words = (
        len(re.findall(r"[A-Za-z0-9_./-]+", prose(path)))
        + len(re.findall(r"[\u4e00-\u9fff]", prose(path))) / 2
    )
    assert words <= 2000
