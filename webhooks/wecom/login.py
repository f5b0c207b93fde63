"""Who opens our page inside WeCom (OAuth2, page 91023), and where callbacks come from (92521)."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import Refused
from webhooks.wecom.client import Client

CODE_USED = 42022


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """A member has `user_id`; anybody else `open_id`, and `customer_id` if WeCom knows them."""

    user_id: str | None
    customer_id: str | None
    open_id: str | None
    user_ticket: str | None


class Login:
    """Calls with the secret of the app whose page it is."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def visitor(self, code: str) -> Visitor:
        """Redeem a code, once and within five minutes; `Refused` when it is not good."""
        answer = await self._client.get("auth/getuserinfo", {"code": code}, tolerate=frozenset({CODE_USED}))
        if answer.get("errcode") == CODE_USED:
            raise Refused(f"登录 code 已经用过(企业微信 {CODE_USED},auth/getuserinfo)")
        return Visitor(
            user_id=answer.get("userid") or None,
            customer_id=answer.get("external_userid") or None,
            open_id=answer.get("openid") or None,
            user_ticket=answer.get("user_ticket") or None,
        )

    async def callback_addresses(self) -> tuple[str, ...]:
        """Return the addresses that WeCom sends callbacks from."""
        answer = await self._client.get("getcallbackip")
        return tuple(str(address) for address in answer.get("ip_list") or ())
