"""What the bot says to the rep, in Chinese, short enough for a phone."""

from __future__ import annotations

from collections.abc import Sequence

from bot.dialogue.questions import Question
from bot.domain.picture import Entry
from bot.domain.playbook import Playbook
from bot.domain.suggestion import Passage, Suggestion
from bot.domain.understanding import Objection

LIKELY = 0.7

HELP = (
    "我是问诊。把客户说的话或拜访情况发给我，我会：\n"
    "1. 听出顾虑，给您一句能直接发的回复；\n"
    "2. 把听到的预算、时间、决策人等记进客户画像；\n"
    "3. 告诉您下一句最值得问什么。\n"
    "客户聊天窗口旁的侧边栏里也会实时显示。"
)
NO_CUSTOMER = "还没有您名下的客户会话。客户在微信客服里发来消息、由您接待后，我就能把内容记到他的画像里。"
ONLY_TEXT = "这条不是文字，我暂时读不了，已经替您留着。请把要点打成文字发给我。"
NO_CONSENT = "这位客户还没有同意分析，这条没有记进画像。客户同意后，请先在侧边栏点“客户已同意”。"


def confidence_word(confidence: float) -> str:
    """Return a probability as a word."""
    return "很可能" if confidence >= LIKELY else "可能"


def tell_suggestion(customer_name: str, suggestion: Suggestion, playbook: Playbook) -> str:
    """Return the bot message that stands in for a closed sidebar."""
    names = dict.fromkeys(playbook.objections[passage.objection] for passage in suggestion.passages)
    best = suggestion.passages[0]
    return f"【{customer_name}】可能在顾虑：{'、'.join(names)}\n可以这样回：\n{best.text}"


def advise(doubts: Sequence[Objection], passages: Sequence[Passage], playbook: Playbook) -> str | None:
    """Return what to answer to doubts that a rep reports; None when none was heard or none is known."""
    if not doubts or not passages:
        return None
    heard = "、".join(
        f"{playbook.objections[one.code]}（{confidence_word(one.confidence)}）" for one in doubts
    )
    return f"听起来是在顾虑：{heard}\n可以这样回：\n{passages[0].text}"


def answer_note(
    customer_name: str,
    noted: Sequence[Entry],
    advice: str | None,
    question: Question | None,
    playbook: Playbook,
) -> str:
    """Return the bot's answer to what a rep told it about a customer."""
    parts = []
    if noted:
        parts.append(f"记到【{customer_name}】：{'；'.join(_noted(entry, playbook) for entry in noted)}")
    if advice:
        parts.append(advice)
    elif question:
        parts.append(f"还值得问：{question.text}\n（{question.reason}）")
    return "\n\n".join(parts) or f"【{customer_name}】的十二个维度都有了，没有必须再问的。"


def _noted(entry: Entry, playbook: Playbook) -> str:
    dimension = playbook.dimension(entry.dim)
    if dimension is None:
        return entry.value
    slot = dimension.slots.get(entry.slot, "")
    return f"{dimension.name}·{slot} {entry.value}"
