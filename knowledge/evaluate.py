"""Measures retrieval: each example is held back in turn and must find its own entry again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median
from time import perf_counter
from typing import Any

from bot.domain.suggestion import Query
from bot.interfaces import Encoder
from knowledge.entries import ANY_INDUSTRY, Entry
from knowledge.industries import Industries
from knowledge.retrieval import HybridRetriever

Figures = dict[str, float]


@dataclass(frozen=True)
class _Trial:
    """One held-back example asked for: where its entry came (None: not at all), and how long it took."""

    objection: str
    rank: int | None
    seconds: float


def evaluate_retrieval(
    entries: Sequence[Entry], encoder: Encoder, industries: Industries | None = None
) -> dict[str, Any]:
    """Return figures over all entries, with the industry unknown and given, and per class.

    In each round one example of every entry is taken out and asked for within its class, so an
    entry and its rivals have the same left to be found by. `chance_at_3` is what drawing three
    entries of the class would give. Shares are 0 to 1, `mrr` counts an entry not found as 0.
    """
    retriever = HybridRetriever(entries, encoder, industries)
    unknown: list[_Trial] = []
    given: list[_Trial] = []
    for held in range(max(len(entry.examples) for entry in entries)):
        asked = [entry for entry in entries if 1 < len(entry.examples) > held]
        retriever.replace([_without(entry, held) if entry in asked else entry for entry in entries])
        unknown += [_ask(retriever, entry, held, None) for entry in asked]
        given += [_ask(retriever, entry, held, _industry(entry)) for entry in asked]
    if not unknown:
        return {"all": {"queries": 0}}
    codes = sorted({trial.objection for trial in unknown})
    return {
        "all": {**_figures(unknown), "entries": len(entries), "chance_at_3": _chance(entries, unknown)},
        "industry_given": _figures(given),
        "classes": {code: _figures([one for one in unknown if one.objection == code]) for code in codes},
    }


def _without(entry: Entry, held: int) -> Entry:
    return replace(entry, examples=entry.examples[:held] + entry.examples[held + 1 :])


def _industry(entry: Entry) -> str | None:
    return None if ANY_INDUSTRY in entry.industries else entry.industries[0]


def _ask(retriever: HybridRetriever, entry: Entry, held: int, industry: str | None) -> _Trial:
    query = Query(text=entry.examples[held], objections=(entry.objection,), industry=industry, limit=1000)
    started = perf_counter()
    found = [passage.entry_id for passage in retriever.retrieve(query)]
    seconds = perf_counter() - started
    return _Trial(entry.objection, found.index(entry.id) + 1 if entry.id in found else None, seconds)


def _figures(trials: Sequence[_Trial]) -> Figures:
    ranks = [trial.rank for trial in trials]
    return {
        "queries": len(trials),
        "recall_at_1": round(fmean(rank == 1 for rank in ranks), 3),
        "recall_at_3": round(fmean(rank is not None and rank <= 3 for rank in ranks), 3),
        "mrr": round(fmean(1 / rank if rank else 0.0 for rank in ranks), 3),
        "ms_per_query": round(median(trial.seconds for trial in trials) * 1000, 1),
    }


def _chance(entries: Sequence[Entry], trials: Sequence[_Trial]) -> float:
    sizes = [sum(trial.objection in entry.classes for entry in entries) for trial in trials]
    return round(fmean(min(1.0, 3 / size) for size in sizes), 3)
