"""Reads our documents: commands, links, code spans and headings, for the tests of what they promise."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)


@cache
def documents() -> tuple[Path, ...]:
    """Every Markdown file of the project: tracked, or new and not ignored."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    done = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=False)
    found = [ROOT / line for line in done.stdout.splitlines()]
    return tuple(path for path in found or _walked() if path.exists())


def _walked() -> list[Path]:
    """Without git (an unpacked archive): everything outside hidden and built folders."""
    left_out = {"build", "dist", "data", "reports"}
    return [
        path
        for path in sorted(ROOT.rglob("*.md"))
        if not any(part.startswith(".") or part in left_out for part in path.relative_to(ROOT).parts)
    ]


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def prose(path: Path) -> str:
    """The text without its code blocks."""
    return _FENCE.sub("", read(path))


def links(path: Path) -> list[str]:
    return _LINK.findall(prose(path))


def spans(path: Path) -> list[str]:
    """What stands in backticks."""
    return _SPAN.findall(prose(path))


def anchors(path: Path) -> set[str]:
    """The fragments of the headings, as GitHub makes them."""
    plain = (
        re.sub(r"[^\w\- ]", "", heading.replace("`", "")).strip().lower()
        for heading in _HEADING.findall(prose(path))
    )
    return {heading.replace(" ", "-") for heading in plain}


def command_lines(path: Path) -> Iterator[list[str]]:
    """Every line of the shell blocks, as words."""
    for language, block in _FENCE.findall(read(path)):
        if language == "sh":
            joined = block.replace("\\\n", " ")
            yield from (shlex.split(line) for line in joined.splitlines() if line.strip())


def commands(path: Path, *programs: str) -> Iterator[list[str]]:
    """Yield the calls of `programs` in shell blocks and code spans: program first, without its folder."""
    written = [shlex.split(span) for span in spans(path) if span.split()[0].split("/")[-1] in programs]
    for words in (*command_lines(path), *written):
        if words[0].split("/")[-1] in programs:
            yield [words[0].split("/")[-1], *words[1:]]
