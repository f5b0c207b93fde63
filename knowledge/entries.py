"""Reply entries: read from YAML files that an admin edits, refused with the place that is wrong."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import FixSettings

ENTRIES = Path(__file__).parent / "entries"
ANY_INDUSTRY = "any"
# The safe loader in C reads ten times faster; not every build of the library has it.
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Text = Annotated[str, Field(min_length=1, pattern=r"^\S(.*\S)?$")]
Stage = Literal["any", "初次接触", "需求沟通", "报价", "谈判", "签约前", "交付后"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One way to answer one kind of doubt, with how to use it.

    `also` are further classes it answers; `title` names its move; `when`, `why` and `avoid` are for
    the rep; `ask` is the question that moves on; `examples` are customer lines it answers; `source`
    says where its numbers come from.
    """

    id: str
    objection: str
    title: str
    industries: tuple[str, ...]
    stage: str
    when: str
    reply: str
    why: str
    ask: str
    examples: tuple[str, ...]
    also: tuple[str, ...] = ()
    avoid: str | None = None
    source: str | None = None

    @property
    def classes(self) -> tuple[str, ...]:
        """Every class it answers, its own first."""
        return (self.objection, *self.also)

    @property
    def version(self) -> int:
        """31 bits over what people read of it; where it is found may change without a new version."""
        read = [
            self.objection,
            self.title,
            self.when,
            self.reply,
            self.why,
            self.ask,
            self.avoid,
            self.source,
        ]
        return zlib.crc32(json.dumps(read).encode()) & 0x7FFF_FFFF


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    id: Text
    objection: Text
    title: Text
    industries: Annotated[list[Text], Field(min_length=1)]
    stage: Stage
    when: Text
    reply: Text
    why: Text
    ask: Text
    examples: Annotated[list[Text], Field(min_length=1)]
    also: list[Text] = []
    avoid: Text | None = None
    source: Text | None = None


def load_entries(folder: Path = ENTRIES) -> tuple[Entry, ...]:
    """Return the entries of every YAML file in `folder`, files and entries in order.

    Raises FixSettings with one line per problem: file, entry id (or its place in the file), field.
    """
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise FixSettings(f"{folder}: holds no .yaml file with entries")
    read = [one for file in files for one in _read(file)]
    problems = [one for one in read if isinstance(one, str)]
    if problems:
        raise FixSettings("\n".join(problems))
    return tuple(one for one in read if isinstance(one, Entry))


def _read(file: Path) -> Iterator[Entry | str]:
    """Yield entries, and a line for each problem."""
    try:
        items = yaml.load(file.read_text(encoding="utf-8"), Loader=_YAML)  # noqa: S506 - one of the two safe ones
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        yield f"{file.name}: cannot be read: {error}"
        return
    if not isinstance(items, list):
        yield f"{file.name}: must be a list of entries"
        return
    for place, item in enumerate(items, start=1):
        yield from _parse(file.name, place, item)


def _parse(file: str, place: int, item: Any) -> Iterator[Entry | str]:
    name = item["id"] if isinstance(item, dict) and isinstance(item.get("id"), str) else f"entry {place}"
    try:
        read = _Entry.model_validate(item).model_dump()
    except ValidationError as error:
        for one in error.errors():
            field = ".".join(str(part) for part in one["loc"]) or "entry"
            yield f"{file}: {name}: {field}: {one['msg']}"
        return
    fields: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in read.items()
    }
    yield Entry(**fields)
