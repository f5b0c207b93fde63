"""`wenzhen understand`: JSON lines in, one understanding a line out, in order, flushed at once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated, Any, Literal, TextIO

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.domain.conversation import Speaker
from bot.domain.understanding import Turn, Understanding, Utterance
from bot.errors import CannotProcess
from bot.interfaces import Understander

LongText = Annotated[str, Field(max_length=20_000)]


class TurnIn(BaseModel):
    model_config = ConfigDict(extra="ignore")

    speaker: Literal["customer", "rep"]
    text: LongText


class LineIn(BaseModel):
    """One message to understand; other fields are let pass."""

    model_config = ConfigDict(extra="ignore")

    id: str | int
    text: LongText
    speaker: Literal["customer", "rep"] = "customer"
    context: tuple[TurnIn, ...] = ()
    at: str | None = None

    def utterance(self) -> Utterance:
        return Utterance(
            text=self.text,
            speaker=Speaker(self.speaker),
            context=tuple(Turn(speaker=Speaker(turn.speaker), text=turn.text) for turn in self.context),
            at=self.at,
        )


def read_line(number: int, row: str) -> LineIn:
    """Read one line. Raises CannotProcess with the line's number and the reason, not its text."""
    try:
        return LineIn.model_validate_json(row)
    except ValidationError as error:
        raise CannotProcess(f"line {number}: {reasons(error)}") from error


def reasons(error: ValidationError) -> str:
    """Say what is wrong with a line, without its text."""
    return "; ".join(
        f"{'.'.join(map(str, one['loc'])) or 'line'}: {one['msg']}"
        for one in error.errors(include_url=False, include_input=False)
    )


def as_json(understanding: Understanding) -> dict[str, Any]:
    """Return the three lists as the command's contract names them, without what is not known."""
    answer = asdict(understanding)
    return {name: [known(one) for one in answer[name]] for name in ("objections", "needs", "facts")}


def known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def understand_lines(rows: Iterable[str], out: TextIO, understander: Understander) -> None:
    """Answer each line before the next is read; blank lines are skipped."""
    for number, row in enumerate(rows, start=1):
        if not row.strip():
            continue
        line = read_line(number, row)
        (understanding,) = understander.understand([line.utterance()])
        out.write(json.dumps({"id": line.id, **as_json(understanding)}, ensure_ascii=False) + "\n")
        out.flush()
