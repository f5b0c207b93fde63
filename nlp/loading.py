"""Opens a model folder and puts the understander together: the one way in."""

from __future__ import annotations

from pathlib import Path

from nlp.encoder import OnnxEncoder, read_manifest
from nlp.facts import FactReader
from nlp.heads import load_fitted
from nlp.needs import NeedFinder
from nlp.objections import ObjectionFinder
from nlp.reading import Reader
from nlp.shades import Shades
from nlp.understander import LocalUnderstander, Models

SHIPPED = Path(__file__).parent / "model"


def load_encoder(folder: Path = SHIPPED) -> OnnxEncoder:
    """Open the encoder of a model folder (by default the one that ships)."""
    return OnnxEncoder.load(folder)


def load_models(folder: Path = SHIPPED) -> Models:
    """Open everything of a model folder but its encoder."""
    fitted = load_fitted(folder)
    return Models(
        version=f"local-{read_manifest(folder).version}",
        vocabulary=fitted.vocabulary,
        objections=ObjectionFinder(fitted.objections, Shades(fitted.severity, fitted.kinds)),
        needs=NeedFinder(fitted.needs, fitted.stated),
    )


def load_understander(model_dir: Path | None = None, encoder: Reader | None = None) -> LocalUnderstander:
    """Return the understander, about a second after a cold start.

    `encoder` must be the one that the heads in `model_dir` were fitted on; None opens the folder's
    own. Raises FixSettings when a file is missing or was changed.
    """
    folder = model_dir or SHIPPED
    return LocalUnderstander(encoder or load_encoder(folder), load_models(folder), FactReader())
