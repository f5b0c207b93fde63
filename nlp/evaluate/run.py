"""`wenzhen eval objections` and `wenzhen eval needs`: rows in, figures out, a page if wanted."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bot.interfaces import Understander
from bot.packs import load_playbook
from nlp.evaluate.cases import Judged, NeedLine, ObjectionLine, judge, read_cases
from nlp.evaluate.figures import figures
from nlp.evaluate.page import write_page


def evaluate_objections(
    lines: Iterable[str], understander: Understander, report: Path | None = None
) -> dict[str, Any]:
    """Judge JSON lines (id, text, labels, spans?) and return the figures; `report` gets a page.

    Raises CannotProcess with line number and reason when a line cannot be read.
    """
    judged = judge(read_cases(ObjectionLine, lines), understander, lambda understood: understood.objections)
    return finish("异议", judged, load_playbook().objections, understander.version, report)


def evaluate_needs(
    lines: Iterable[str], understander: Understander, report: Path | None = None
) -> dict[str, Any]:
    """Judge JSON lines (id, text, needs) and return the figures; `report` gets a page."""
    judged = judge(read_cases(NeedLine, lines), understander, lambda understood: understood.needs)
    return finish("诉求", judged, load_playbook().needs, understander.version, report)


def finish(
    title: str, judged: list[Judged], names: dict[str, str], version: str, report: Path | None
) -> dict[str, Any]:
    found = {"version": version, **figures(judged, list(names))}
    if report is not None:
        write_page(report, title, judged, names, found)
    return found
