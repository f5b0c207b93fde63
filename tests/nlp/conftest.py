"""The shipped model, loaded once."""

from __future__ import annotations

import pytest

from nlp.loading import load_encoder, load_models
from nlp.understander import LocalUnderstander
from tests.nlp.fakes import NoFacts


@pytest.fixture(scope="session")
def understander() -> LocalUnderstander:
    """Objections and needs as shipped; facts have their own tests."""
    return LocalUnderstander(load_encoder(), load_models(), NoFacts())
