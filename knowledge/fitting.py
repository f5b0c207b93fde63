"""Whether an entry fits where a customer stands: their industry, as given or as their words show it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.suggestion import Query
from knowledge.entries import ANY_INDUSTRY, Entry
from knowledge.industries import Industries, industries_in

HOME_BONUS = 0.05
CLOSE = 0.04
VERY_CLOSE = 0.07


@dataclass(frozen=True)
class Setting:
    """The industries a customer is in; `certain` when somebody named them."""

    home: frozenset[str]
    certain: bool


def setting_of(query: Query, industries: Industries) -> Setting:
    """Return where the customer stands."""
    shown = query.industry or f"{query.about}\n{query.text}"
    return Setting(industries_in(shown, industries), bool(query.industry))


def fitted_score(entry: Entry, score: float, setting: Setting, industries: Industries) -> float | None:
    """Return the score with the setting counted in, at most 1; None where the entry does not fit.

    Nobody has named the industry of most customers, and many entries of other industries suit them
    word for word. So a stranger is let in for being close, and for being very close where its words
    give its industry away.
    """
    if not setting.home.isdisjoint(entry.industries):
        return min(1.0, score + HOME_BONUS)
    if ANY_INDUSTRY in entry.industries:
        return score
    if setting.certain or score < CLOSE:
        return None
    given_away = industries_in(f"{entry.reply}\n{entry.ask}", industries)
    return None if given_away and score < VERY_CLOSE else score
