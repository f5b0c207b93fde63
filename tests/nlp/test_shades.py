"""Severity is read from the evidence, the kind of a put-off from the whole; without evidence nothing is said."""

from __future__ import annotations

import numpy as np
import pytest

from bot.domain.understanding import Evidence
from nlp.heads import Linear
from nlp.reading import Reading
from nlp.shades import KINDS, SEVERITIES, Shades, mean_inside

READING = Reading("贵,再说", np.array([0.0, 1.0], np.float32), np.eye(2, dtype=np.float32), ((0, 1), (2, 4)))


def shades(kinds: tuple[float, ...]) -> Shades:
    severity = Linear(np.array([[0, 0, 5], [5, 0, 0]], np.float32), np.zeros(3, np.float32))
    return Shades(severity, Linear(np.array([[0] * 4, kinds], np.float32), np.zeros(4, np.float32)))


def test_severity_is_that_of_the_words_that_show_the_objection():
    shade = shades((0, 0, 0, 0))
    assert shade.severity_of(READING, Evidence(text="贵", start=0, end=1)) == SEVERITIES[2]
    assert shade.severity_of(READING, Evidence(text="再说", start=2, end=4)) == SEVERITIES[0]
    assert shade.severity_of(READING, Evidence(text="", start=4, end=4)) is None


@pytest.mark.parametrize(("kinds", "said"), [((0, 3, 0, 0), KINDS[1]), ((1, 1, 1, 1), None)])
def test_a_put_off_is_told_apart_only_where_one_kind_stands_out(kinds: tuple[float, ...], said: str | None):
    assert shades(kinds).kind_of(READING) == said


def test_no_token_gives_no_mean():
    assert mean_inside(READING, 1, 2) is None
