"""Which industries a text speaks of, by words that an admin keeps in `industries.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import FixSettings
from knowledge.likeness import folded

INDUSTRIES = Path(__file__).parent / "industries.yaml"

Word = Annotated[str, Field(min_length=2, max_length=12)]
Industries = Mapping[str, tuple[str, ...]]


class _Industries(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    industries: dict[Word, list[Word]]


def load_industries(file: Path = INDUSTRIES) -> dict[str, tuple[str, ...]]:
    """Return each industry with the words that show it, its own name among them. May raise FixSettings."""
    try:
        read = _Industries.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise FixSettings(f"{file.name}: {error}") from error
    return {name: (name, *words) for name, words in read.industries.items()}


def industries_in(text: str, industries: Industries) -> frozenset[str]:
    """Return the industries whose words occur in `text`."""
    plain = folded(text)
    return frozenset(
        name for name, words in industries.items() if any(folded(word) in plain for word in words)
    )
