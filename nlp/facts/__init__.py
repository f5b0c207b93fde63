"""Facts for the twelve dimensions: grammars for what has a grammar, learned clauses for the rest."""

from nlp.facts.reader import FactReader

__all__ = ["FactReader"]
