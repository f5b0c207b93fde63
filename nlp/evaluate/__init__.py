"""How well the understanding does, on labelled lines that it never learned from."""

from __future__ import annotations

from nlp.evaluate.run import evaluate_needs, evaluate_objections

__all__ = ["evaluate_needs", "evaluate_objections"]
