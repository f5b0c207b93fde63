"""The corp that is played: its people, apps and 微信客服 accounts, read from a description file.

Secrets are never in the file: whoever starts the simulator hands them in, per door.
"""

from __future__ import annotations

import json
import secrets as randomness
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field

from webhooks.simulator.crypto import Cipher
from webhooks.simulator.envelope import EnvelopeKind

DEMO_WORLD = Path(__file__).parent / "worlds" / "demo.yaml"

Capability = Literal["message", "contact", "kf", "oauth"]
_LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True, kw_only=True)
class DoorKeys:
    """What an admin would copy from the console of one app, and where its callbacks go ("" = nowhere)."""

    secret: str = field(repr=False)
    token: str = field(default="", repr=False)
    aes_key: str = field(default="", repr=False)
    callback_url: str = ""

    @classmethod
    def generate(cls, callback_url: str = "") -> Self:
        """Make fresh random keys of the lengths that WeCom gives out."""
        return cls(
            secret=randomness.token_urlsafe(32),
            token=_random_letters(24),
            aes_key=_random_letters(43),
            callback_url=callback_url,
        )


def _random_letters(count: int) -> str:
    return "".join(randomness.choice(_LETTERS) for _ in range(count))


class _Described(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Member(_Described):
    userid: str = Field(pattern=r"^[0-9A-Za-z_.-]{1,64}$")
    name: str
    position: str = ""
    departments: tuple[int, ...] = (1,)


class Customer(_Described):
    """`followed_by`: members who have this customer as an external contact (客户联系)."""

    external_userid: str = Field(pattern=r"^w[mo][0-9A-Za-z_-]{1,62}$")
    name: str
    company: str = ""
    position: str = ""
    gender: Literal[0, 1, 2] = 0
    followed_by: tuple[str, ...] = ()


class KfAccount(_Described):
    """A 微信客服 account. `taken_by`: who takes a session as soon as a customer writes.

    `door` names the door that its signals go to; `authorised` those that may call its API.
    """

    open_kfid: str = Field(pattern=r"^wk[0-9A-Za-z_-]{1,62}$")
    name: str
    servicers: tuple[str, ...] = ()
    stopped_servicers: tuple[str, ...] = ()
    taken_by: str | None = None
    door: str
    authorised: tuple[str, ...]


class DoorDescription(_Described):
    name: str
    title: str
    agentid: int | None = None
    capabilities: frozenset[Capability]
    visible: frozenset[str] | None = None
    envelope: EnvelopeKind = "xml"
    receive_id: str | None = None
    trusted_hosts: tuple[str, ...] = ()


class WorldDescription(_Described):
    """The file as it stands on disk."""

    corp_id: str = Field(pattern=r"^ww[0-9A-Za-z]+$")
    corp_name: str
    members: tuple[Member, ...]
    customers: tuple[Customer, ...] = ()
    doors: tuple[DoorDescription, ...]
    kf_accounts: tuple[KfAccount, ...] = ()
    tags: dict[str, tuple[str, ...]] = {}
    allowed_ips: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Door:
    """One app or capability with its own secret; `visible` None means every member."""

    name: str
    title: str
    agentid: int | None
    capabilities: frozenset[Capability]
    visible: frozenset[str] | None
    envelope: EnvelopeKind
    receive_id: str
    trusted_hosts: tuple[str, ...]
    keys: DoorKeys

    def cipher(self) -> Cipher:
        return Cipher(token=self.keys.token, encoding_aes_key=self.keys.aes_key, receive_id=self.receive_id)

    def sees(self, userid: str) -> bool:
        return self.visible is None or userid in self.visible


NOBODY = Door(
    name="",
    title="",
    agentid=None,
    capabilities=frozenset(),
    visible=frozenset(),
    envelope="xml",
    receive_id="",
    trusted_hosts=(),
    keys=DoorKeys(secret=""),
)
"""Stands where a call needs no token."""


@dataclass(frozen=True, kw_only=True)
class World:
    """The described corp together with the keys of its doors."""

    description: WorldDescription
    doors: Mapping[str, Door]

    @classmethod
    def load(cls, path: Path, secrets: Mapping[str, DoorKeys]) -> Self:
        """Read a description (YAML or JSON); `secrets` must hold the keys of exactly the doors it names.

        Raises ValueError (pydantic's included) when the file or the keys do not fit.
        """
        description = _describe(path)
        names = {door.name for door in description.doors}
        if names != set(secrets):
            raise ValueError(f"keys are needed for exactly these doors: {sorted(names)}")
        doors = {
            one.name: Door(
                name=one.name,
                title=one.title,
                agentid=one.agentid,
                capabilities=one.capabilities,
                visible=one.visible,
                envelope=one.envelope,
                receive_id=description.corp_id if one.receive_id is None else one.receive_id,
                trusted_hosts=one.trusted_hosts,
                keys=secrets[one.name],
            )
            for one in description.doors
        }
        return cls(description=description, doors=doors)

    @property
    def corp_id(self) -> str:
        return self.description.corp_id

    def member(self, userid: str) -> Member | None:
        """Find a member; userids are compared without regard to case."""
        wanted = userid.lower()
        return next((one for one in self.description.members if one.userid.lower() == wanted), None)

    def customer(self, external_userid: str) -> Customer | None:
        return next((c for c in self.description.customers if c.external_userid == external_userid), None)

    def kf_account(self, open_kfid: str) -> KfAccount | None:
        return next((a for a in self.description.kf_accounts if a.open_kfid == open_kfid), None)


def door_names(path: Path) -> list[str]:
    """Return the names of the doors that a description file has."""
    return [door.name for door in _describe(path).doors]


def _describe(path: Path) -> WorldDescription:
    text = path.read_text(encoding="utf-8")
    read = json.loads if path.suffix == ".json" else yaml.safe_load
    return WorldDescription.model_validate(read(text))
