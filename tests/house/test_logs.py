"""Logs hold facts: every log call in the source is read, and none passes words, names or secrets."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "nlp", "knowledge", "webhooks", "web", "wenzhen")
LEVELS = {"debug", "info", "warning", "error", "critical", "exception", "log"}
LOGGERS = {"log", "logger", "logging", "_log"}
TELLING = {
    *("text", "texts", "content", "words", "quote", "reply", "message", "body", "payload", "fields"),
    *("name", "names", "nickname", "company", "phone", "mobile"),
    *("token", "secret", "key", "keys", "password", "cookie", "code", "query", "url"),
    *("error", "exc", "exception"),
}
FACT = re.compile(r"[a-z_]+(\.[a-z_]+)+( [a-z_]+=%[a-z.0-9]+(/%[a-z])?(:%[a-z])?)*")

# Looks like words or a secret and is none; each with its reason. One that is not met any more fails below.
ALLOWED = {
    ("bot/tasks/drain.py", "error"): "our own error, whose message never holds customer text (bot/errors.py)",
    ("bot/tasks/drain.py", "frame.name"): "the function in which it happened",
    ("web/app.py", "error"): "our own FixSettings, which tells the operator what to change (bot/errors.py)",
    ("webhooks/simulator/callbacks.py", "door.name"): "app or kf",
    ("webhooks/wecom/tokens.py", "self._name"): "which token (corp, app or kf), never its value",
}


@dataclass(frozen=True)
class Found:
    """A log argument that tells too much, or a format that is no fact."""

    line: int
    what: str


def findings(source: str) -> Iterator[Found]:
    """Yield what is wrong with the log calls in a module's source."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _is_log_call(node):
            yield from _in_call(node)


def _is_log_call(call: ast.Call) -> bool:
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr not in LEVELS:
        return False
    owner = function.value
    last = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
    return last in LOGGERS


def _in_call(call: ast.Call) -> Iterator[Found]:
    first, *rest = call.args
    if not (isinstance(first, ast.Constant) and isinstance(first.value, str) and FACT.fullmatch(first.value)):
        yield Found(call.lineno, "format")
    if call.func.attr == "exception" or any(word.arg == "exc_info" for word in call.keywords):
        yield Found(call.lineno, "traceback")
    for argument in (*rest, *(word.value for word in call.keywords)):
        for telling in _telling(argument):
            yield Found(call.lineno, telling)


def _telling(node: ast.AST) -> Iterator[str]:
    """Yield names in an argument that say too much; the length of anything and the class of an error are facts."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"len", "type", "sum"}:
        return
    if isinstance(node, ast.Name | ast.Attribute):
        word = node.id if isinstance(node, ast.Name) else node.attr
        if TELLING & set(word.strip("_").lower().split("_")) and word != "__name__":
            yield ast.unparse(node)
            return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lower() in TELLING:
        yield ast.unparse(node)
    for child in ast.iter_child_nodes(node):
        # `message.id` is an id: only what is read last counts.
        if not (isinstance(node, ast.Attribute) and isinstance(child, ast.Name)):
            yield from _telling(child)


@cache
def in_source() -> dict[tuple[str, str], int]:
    """Every finding in our packages as (file, what) with its line."""
    return {
        (str(path.relative_to(ROOT)), found.what): found.line
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        for found in findings(path.read_text(encoding="utf-8"))
    }


def test_no_log_call_passes_words_names_or_secrets() -> None:
    assert {where: line for where, line in in_source().items() if where not in ALLOWED} == {}


def test_nothing_is_allowed_that_no_longer_exists() -> None:
    assert set(ALLOWED) - set(in_source()) == set()


@pytest.mark.parametrize(
    ("call", "what"),
    [
        ('log.info("message.stored text=%s", message.text)', "message.text"),
        ('log.info("token.fetched value=%s", access_token)', "access_token"),
        ('log.info("customer.named who=%s", found["name"])', "'name'"),
        ('log.warning("job.failed error=%s", str(error))', "error"),
        ('self._log.info("contact.read who=%s", self.contact.nickname.upper())', "self.contact.nickname"),
        ('log.info("reply.sent text=%s", text[:20])', "text"),
        ('log.info(f"message.stored {size}")', "format"),
        ('log.info("Stored a message")', "format"),
        ('log.exception("job.failed")', "traceback"),
        ('log.error("job.failed", exc_info=True)', "traceback"),
    ],
)
def test_a_telling_call_is_found(call: str, what: str) -> None:
    assert what in {found.what for found in findings(call)}


@pytest.mark.parametrize(
    "call",
    [
        'log.info("message.stored message=%d bytes=%d", message.id, len(message.text))',
        'log.error("lane.failed lane=%s error=%s", lane, type(error).__name__)',
        'log.info("worker.started")',
        "math.log(text)",
    ],
)
def test_a_fact_is_not_found(call: str) -> None:
    assert list(findings(call)) == []
