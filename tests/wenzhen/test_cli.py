"""The commands: a contract for other programs, and clear words when something is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.house.test_settings import GOOD
from wenzhen.cli import main

FIXTURES = Path(__file__).parents[1] / "fixtures" / "eval"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No .env and no variables of the developer's."""
    monkeypatch.chdir(tmp_path)
    for name in ("WENZHEN_SECRET", "WENZHEN_DEMO"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments: str, stdin: str | None = None):
    return CliRunner().invoke(main, arguments, input=stdin)


def understand(*lines: dict) -> list[dict]:
    result = run("understand", stdin="".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_serve_without_settings_names_what_is_missing_and_exits_with_2() -> None:
    result = run("serve")
    assert result.exit_code == 2
    assert "WENZHEN_SECRET" in result.stderr
    assert "Traceback" not in result.output


def test_parked_without_settings_is_as_clear() -> None:
    assert run("parked").exit_code == 2


def test_understand_answers_each_line_in_order_with_substrings_as_evidence() -> None:
    texts = {
        "1": "你们这个价格比别家高了快三成,而且等货要三个月",
        "2": "好的，谢谢",
        "3": "这事得我们老板点头，我说了不算",
    }
    answers = understand(*({"id": key, "text": text} for key, text in texts.items()))
    assert [answer["id"] for answer in answers] == ["1", "2", "3"]
    assert {"price", "competitor", "delivery"} <= {one["code"] for one in answers[0]["objections"]}
    assert answers[1]["objections"] == []
    assert "authority" in {one["code"] for one in answers[2]["objections"]}
    for answer in answers:
        for one in (*answer["objections"], *answer["needs"], *answer["facts"]):
            span = one["evidence"]
            assert texts[answer["id"]][span["start"] : span["end"]] == span["text"] != ""
            assert 0 <= one["confidence"] <= 1


def test_a_reps_own_words_mean_nothing() -> None:
    (answer,) = understand({"id": "r", "text": "我们价格确实不便宜，预算80万够吗", "speaker": "rep"})
    assert (answer["objections"], answer["needs"], answer["facts"]) == ([], [], [])


@pytest.mark.parametrize("bad", ["{", '{"id": "x"}', '{"id": "x", "text": 5}', '["x"]'])
def test_an_unreadable_line_is_named_and_ends_with_2(bad: str) -> None:
    result = run("understand", stdin='{"id": "1", "text": "好的"}\n' + bad + "\n")
    assert result.exit_code == 2
    assert "line 2" in result.stderr
    assert len(result.stdout.splitlines()) == 1


def test_eval_prints_figures_on_the_last_line_and_writes_a_page(tmp_path: Path) -> None:
    file = FIXTURES / "thirty_lines.jsonl"
    result = run("eval", "objections", str(file), "--report", str(tmp_path / "report"))
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout.splitlines()[-1])
    assert 0 < figures["macro_f1"] <= 1
    assert any((tmp_path / "report").iterdir())


@pytest.mark.parametrize(
    "arguments",
    [("eval", "objections", "absent.jsonl"), ("simulator",), ("demo", "--port", "many"), ("nonsense",)]
    + [("demo", option, port) for option in ("--port", "--simulator-port") for port in ("0", "99999")]
    + [("simulator", "--keys", "k.json", "--port", "99999")],
)
def test_wrong_usage_is_explained(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert isinstance(result.exception, SystemExit)


@pytest.mark.parametrize("command", [("demo", "--data", "file/d"), ("simulator", "--keys", "file/d/k.json")])
def test_a_folder_that_cannot_be_written_is_said_in_words(command: tuple[str, ...]) -> None:
    Path("file").write_text("not a folder", encoding="utf-8")
    result = run(*command)
    assert result.exit_code == 2
    assert "cannot write into the folder file/d" in result.stderr


def test_serve_says_it_of_its_data_folder_before_it_loads_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("file").write_text("not a folder", encoding="utf-8")
    for name, value in {**GOOD, "WENZHEN_STORAGE__PATH": "file/wenzhen.db"}.items():
        monkeypatch.setenv(name, value)
    result = run("serve")
    assert result.exit_code == 2
    assert "cannot write into the folder file" in result.stderr


def test_a_taken_port_is_said_in_words() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("demo", "--port", str(port), "--data", "d")
    assert result.exit_code == 2
    assert f"port {port}" in result.stderr


def test_the_command_starts_fast_because_it_loads_only_what_it_needs() -> None:
    script = (
        "import sys, wenzhen.cli; "
        "print(sorted(name for name in ('onnxruntime', 'faiss', 'sqlalchemy', 'fastapi') if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
