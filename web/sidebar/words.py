"""Says in Chinese what the product knows in codes; a code never reaches the screen."""

from __future__ import annotations

import re
from itertools import groupby

from bot.dialogue.wording import confidence_word
from bot.domain.sidebar import DimensionView, Offer, Value

_CHINESE = re.compile("[一-鿿]")
_ASIDE = re.compile(r"（[^）一-鿿]*）|\((?:企业微信 -?\d+,[^)]*|[^)一-鿿]*)\)")
"""An errcode, a call, an address: in brackets, for operators."""
likelihood = confidence_word
LEVELS = {"rep": "您记的", "customer": "客户说的", "confirmed": "客户已确认"}
NEED_STATES = {"implied": "听出来的", "voiced": "客户说出来了", "confirmed": "客户已确认"}
ROLES = {
    "decider": "拍板人",
    "budget_holder": "管预算",
    "influencer": "影响者",
    "champion": "支持者",
    "user": "使用者",
    "gatekeeper": "把关人",
    "blocker": "反对者",
}
UNSURE = {"ambiguous": "还不确定", "conflict": "前后说法不一"}
REASONS = {
    "not_true": "客户不是这个意思",
    "not_now": "现在不方便说",
    "wording": "说法不合适",
    "other": "其他",
}


def percent(confidence: float) -> str:
    return f"{round(confidence * 100)}%"


def certainty(dimension: DimensionView) -> str:
    """Return how sure a dimension is: absent, unsure, found or confirmed."""
    if dimension.status != "found":
        return "absent" if dimension.status == "absent" else "unsure"
    confirmed = bool(dimension.values) and all(value.level == "confirmed" for value in dimension.values)
    return "confirmed" if confirmed else "found"


def known(dimensions: tuple[DimensionView, ...]) -> int:
    """Count the dimensions that are found."""
    return sum(dimension.status == "found" for dimension in dimensions)


def groups(dimensions: tuple[DimensionView, ...]) -> list[tuple[str, list[DimensionView]]]:
    """Return the dimensions under their group's name, in the order given."""
    return [(name, list(members)) for name, members in groupby(dimensions, key=lambda one: one.group)]


def source_word(value: Value) -> str:
    """Return whose word a value is, and whether it is in doubt."""
    said = LEVELS.get(value.level, "")
    unsure = UNSURE.get(value.status)
    return f"{said}，{unsure}" if said and unsure else said or unsure or ""


def role_word(value: Value) -> str:
    return ROLES.get(value.role or "", "")


def plain_reason(reason: str) -> str:
    """Return what of a parked job's reason is meant for the rep: codes and what is not Chinese are for operators."""
    spoken = _ASIDE.sub("", reason)
    return spoken if _CHINESE.search(spoken) else ""


def need_word(state: str) -> str:
    return NEED_STATES.get(state, "")


def has_reasons(offer: Offer, index: int) -> bool:
    passage = offer.passages[index]
    return bool(passage.why or passage.when or passage.source)
