"""How WeCom says no: HTTP 200, an errcode, and a text that nobody should parse."""

from __future__ import annotations

import secrets
from typing import Any

TEXTS = {
    -1: "system busy",
    40001: "invalid credential",
    40003: "invalid UserID",
    40005: "invalid media type",
    40007: "invalid media_id",
    40008: "invalid message type",
    40009: "invalid image size",
    40013: "invalid corpid",
    40014: "invalid access_token",
    40029: "invalid code",
    40056: "invalid agentid",
    40058: "invalid Request Parameter",
    40063: "some parameters are empty",
    40096: "invalid external userid",
    40123: "invalid image content",
    41001: "access_token missing",
    41011: "missing agentid",
    41050: "invalid code or code expired",
    42001: "access_token expired",
    42003: "oauth_code expired",
    42014: "invalid task_id",
    42015: "response_code does not belong to this app",
    42022: "code has been used",
    42052: "msgid older than 24 hours",
    44001: "empty media data",
    44004: "content is empty",
    45001: "media size out of limit",
    45002: "content size out of limit",
    45007: "playtime out of limit",
    45008: "article size out of limit",
    45009: "api freq out of limit",
    45033: "api concurrent out of limit",
    48002: "api forbidden",
    48007: "kf account not authorised for this app",
    50001: "redirect_uri domain not trusted",
    50002: "user not in the visible range",
    60020: "not allow to access from your ip",
    60111: "userid not found",
    60140: "invalid response_code or response_code expired",
    81013: "user & party & tag all invalid",
    84061: "not external contact",
    95000: "invalid open_kfid",
    95001: "send more than 5 messages since the customer's last one",
    95002: "send more than 48 hours after the customer's last message",
    95004: "open_kfid not exist",
    95007: "invalid msg token",
    95008: "menu items out of limit",
    95014: "not a servicer",
    95016: "invalid service state transition",
    95018: "send forbidden in this service state",
    95019: "servicer stopped",
    301002: "not allowed to access with this agentid",
    301017: "voice is not AMR",
    830002: "file too large, use Range",
}


class Refusal(Exception):
    """A call that the service turns down; `detail` is added to the published text."""

    def __init__(self, errcode: int, detail: str = "") -> None:
        self.errcode = errcode
        self.text = ", ".join(part for part in (TEXTS.get(errcode, "invalid parameter"), detail) if part)
        super().__init__(f"{errcode} {self.text}")

    def body(self, ip: str) -> dict[str, Any]:
        """Return the JSON that the caller sees."""
        hint = "".join(secrets.choice("0123456789") for _ in range(20))
        more = f"more info at https://open.work.weixin.qq.com/devtool/query?e={self.errcode}"
        return {
            "errcode": self.errcode,
            "errmsg": f"{self.text}, hint: [{hint}], from ip: {ip}, {more}",
        }


def require(condition: object, errcode: int, detail: str = "") -> None:
    """Refuse unless the condition holds."""
    if not condition:
        raise Refusal(errcode, detail)
