"""Why a job was given up, in the words of whoever has to do something about it: what happened, what to do."""

from __future__ import annotations

import re

from bot.errors import CannotProcess, FixSettings, MaybeDone, TryLater, WenzhenError

_CHINESE = re.compile("[一-鿿]")

_RETRY = "请过一会儿再试一次"
_ASK = "请告诉管理员"
_LOOK = "请先看一眼对方是否收到，没收到再试一次"


def what_happened(kind: str, error: Exception) -> str:
    """Return what went wrong at one attempt. Only errors of our own are quoted: others may hold customers' words."""
    if isinstance(error, TimeoutError):
        return "处理时间太长"
    if isinstance(error, WenzhenError):
        whom = "理解服务" if kind == "understand" else "企业微信"
        return _spoken(error) or f"{whom}一直没有应答"
    return "程序出错了"


def after_tries(kind: str, attempts: int, error: Exception) -> str:
    """Return why a job was given up that failed so often, the last time with this error."""
    return f"{what_happened(kind, error)}，试了 {attempts} 次都没有成功，{_to_do(kind, error)}"


def cut_off_too_often(kind: str) -> str:
    """Return why a job was given up that took the process with it again and again."""
    return f"处理它时程序中断了多次，{_LOOK if kind == 'send' else _ASK}"


def at_once(error: WenzhenError) -> str:
    """Return why a job was given up that can never work as it is."""
    if isinstance(error, CannotProcess):
        return _spoken(error) or f"这一条处理不了，{_ASK}"
    default = "有一项设置不对" if isinstance(error, FixSettings) else "没有权限"
    return f"{_spoken(error) or default}，{_ASK}"


def _to_do(kind: str, error: Exception) -> str:
    outcome_unknown = isinstance(error, MaybeDone | TimeoutError)
    if kind == "send" and outcome_unknown:
        return _LOOK
    return _RETRY if isinstance(error, TryLater | MaybeDone | TimeoutError) else _ASK


def _spoken(error: WenzhenError) -> str:
    """Return the error's text if it is meant for people: Chinese."""
    text = str(error)
    return text if _CHINESE.search(text) else ""
