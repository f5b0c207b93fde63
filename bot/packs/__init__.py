"""Reads a pack: the taxonomy and the twelve dimensions as YAML files that an admin can edit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.domain.playbook import Attention, Dimension, Playbook
from bot.errors import FixSettings

DEFAULT_PACK = Path(__file__).parent / "default"

Model = TypeVar("Model", bound=BaseModel)

Code = Annotated[str, Field(pattern=r"^[a-z][a-z_]{1,39}$")]
Name = Annotated[str, Field(min_length=1, max_length=20)]
Sentence = Annotated[str, Field(min_length=4, max_length=80)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Named(_Strict):
    code: Code
    name: Name
    keywords: list[str] = []


class _Taxonomy(_Strict):
    objections: list[_Named]
    needs: list[_Named]


class _Dimension(_Strict):
    code: Code
    name: Name
    group: Code
    slots: dict[Code, Name]
    multiple: list[Code]
    question: Sentence
    reason: Sentence
    worth: Annotated[int, Field(ge=0, le=10)]


class _Dimensions(_Strict):
    groups: list[_Named]
    dimensions: list[_Dimension]


def load_playbook(folder: Path = DEFAULT_PACK, attention: Attention | None = None) -> Playbook:
    """Return the pack in `folder`. FixSettings names the file and the field that is wrong."""
    taxonomy = _parse(folder / "taxonomy.yaml", _Taxonomy)
    sheet = _parse(folder / "dimensions.yaml", _Dimensions)
    groups = {group.code: group.name for group in sheet.groups}
    for dim in sheet.dimensions:
        if dim.group not in groups or not set(dim.multiple) <= set(dim.slots):
            raise FixSettings(f"{folder / 'dimensions.yaml'}: {dim.code} names an unknown group or slot")
    return Playbook(
        objections={one.code: one.name for one in taxonomy.objections},
        needs={one.code: one.name for one in taxonomy.needs},
        groups=groups,
        dimensions=tuple(
            Dimension(**dim.model_dump(exclude={"multiple"}), multiple=tuple(dim.multiple))
            for dim in sheet.dimensions
        ),
        attention=attention or Attention(),
    )


def load_keywords(folder: Path = DEFAULT_PACK) -> dict[str, tuple[str, ...]]:
    """Return the plain words of each objection class."""
    return {one.code: tuple(one.keywords) for one in _parse(folder / "taxonomy.yaml", _Taxonomy).objections}


def _parse(path: Path, model: type[Model]) -> Model:
    try:
        return model.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise FixSettings(f"{path}: {error}") from error
