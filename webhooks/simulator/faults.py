"""The switches for misbehaviour and the figures of WeCom's limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Faults(BaseModel):
    """What goes wrong on purpose. The defaults are WeCom on a good day.

    duplicate_callbacks: how often each callback is delivered at the same time (1 = once).
    delay_seconds: how late API answers come, after their effect.
    fail_calls: `busy` answers -1, `http500` an HTTP error, both without effect; `drop` has its effect
        and then closes the connection, so that the caller cannot know.
    revoke_token: set it to make every access token invalid at once; it springs back by itself.
    rate_limit: business calls answer 45009.
    lose_callbacks: callbacks are never sent.
    ack_timeout_seconds: how long a receiver may take to answer a callback.
    retry_non_200: whether an answer other than 200 counts as a failed delivery (unconfirmed).
    plain_xml: callbacks come without CDATA.
    extra_elements: callbacks carry an element that nobody documented.
    empty_pages: now and then `sync_msg` answers an empty list with has_more 1.
    fresh_tokens: `gettoken` gives a new token each time and revokes the one before.
    kf_send_fail: fail_type with which accepted 微信客服 messages fail afterwards.
    repeated_msgid: `same` answers a known `msgid` as if sent, `refuse` with an error (unconfirmed);
        it is never delivered twice.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    duplicate_callbacks: int = Field(default=1, ge=0, le=20)
    delay_seconds: float = Field(default=0.0, ge=0, le=600)
    fail_calls: Literal["off", "busy", "http500", "drop"] = "off"
    revoke_token: bool = False
    rate_limit: bool = False
    lose_callbacks: bool = False
    ack_timeout_seconds: float = Field(default=5.0, gt=0, le=60)
    retry_non_200: bool = True
    plain_xml: bool = False
    extra_elements: bool = False
    empty_pages: bool = True
    fresh_tokens: bool = False
    kf_send_fail: int | None = Field(default=None, ge=0, le=12)
    repeated_msgid: Literal["same", "refuse"] = "same"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Figures of WeCom's pages; tests make them small. Where a page gives no figure, ours is marked."""

    token_seconds: int = 7200
    calls_per_minute: int = 10_000
    calls_per_hour: int = 150_000
    ip_calls_per_minute: int = 20_000
    member_messages_per_minute: int = 30
    member_messages_per_hour: int = 1000
    person_times_per_day: int = 200 * 200
    bad_secrets_before_ban: int = 10  # no figure is published
    ban_seconds: float = 3600.0
    pulls_without_token_per_minute: int = 12  # no figure is published
    verification_seconds: float = 1.0
    callback_attempts: int = 3
    kf_page_items: int = 1000
