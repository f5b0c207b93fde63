"""客户联系 (page 92114): what members know of a customer."""

from __future__ import annotations

from dataclasses import dataclass

from webhooks.wecom.client import Client
from webhooks.wecom.wire import Json

NO_RELATION = 84061
NOT_PERMITTED = 48002


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A customer. `company` is the customer's own entry, else what a member noted."""

    customer_id: str
    name: str
    company: str | None
    members: tuple[str, ...]


class Contacts:
    """Calls with the 客户联系 secret, or with an app that may use it."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def find(self, customer_id: str) -> Contact | None:
        """Return a customer; None when nobody here knows them or we may not ask."""
        tolerate = frozenset({NO_RELATION, NOT_PERMITTED})
        answer = await self._client.get(
            "externalcontact/get", {"external_userid": customer_id}, tolerate=tolerate
        )
        contact = answer.get("external_contact")
        if answer.get("errcode") in tolerate or not isinstance(contact, dict):
            return None
        followers = [one for one in answer.get("follow_user") or () if isinstance(one, dict)]
        return Contact(
            customer_id=customer_id,
            name=str(contact.get("name") or ""),
            company=_company(contact, followers),
            members=tuple(str(one["userid"]) for one in followers if one.get("userid")),
        )


def _company(contact: Json, followers: list[Json]) -> str | None:
    noted = (one.get("remark_corp_name") for one in followers)
    candidates = (contact.get("corp_full_name"), contact.get("corp_name"), *noted)
    return next((str(name) for name in candidates if name), None)
