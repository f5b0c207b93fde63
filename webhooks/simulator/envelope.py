"""The two envelopes around a ciphertext (XML for apps and 微信客服, JSON for bots), and XML of events."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from webhooks.simulator.crypto import ENVELOPE_UNREADABLE, Cipher, CryptoError

EnvelopeKind = Literal["xml", "json"]
Fields = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """One encrypted request, ready to be sent: its query parameters and its body."""

    query: dict[str, str]
    body: bytes
    content_type: str
    encrypt: str


@dataclass(frozen=True, kw_only=True)
class Address:
    """What the outer XML envelope names: the receiving corp and the agent (may be empty)."""

    to_user: str
    agent_id: str = ""


def seal(cipher: Cipher, kind: EnvelopeKind, message: bytes, address: Address, *, now: float) -> Sealed:
    """Encrypt `message` with a fresh prefix, timestamp and nonce."""
    query, encrypt = seal_query(cipher, message, now=now)
    if kind == "json":
        return Sealed(
            query=query,
            body=json.dumps({"encrypt": encrypt}).encode(),
            content_type="application/json",
            encrypt=encrypt,
        )
    outer = {"ToUserName": address.to_user, "AgentID": address.agent_id, "Encrypt": encrypt}
    return Sealed(query=query, body=to_xml(outer), content_type="text/xml; charset=utf-8", encrypt=encrypt)


def seal_query(cipher: Cipher, message: bytes, *, now: float) -> tuple[dict[str, str], str]:
    """Return the signed query parameters and the ciphertext they sign."""
    encrypt = cipher.encrypt(message)
    timestamp, nonce = str(int(now)), secrets.token_hex(5)
    signature = cipher.sign(timestamp, nonce, encrypt)
    return {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}, encrypt


def open_reply(cipher: Cipher, kind: EnvelopeKind, body: bytes, nonce: str) -> bytes:
    """Decrypt a passive reply; CryptoError names what is wrong. JSON must return the callback's nonce."""
    if kind == "json":
        fields = _json_reply(body)
        if fields["nonce"] != nonce:
            raise CryptoError(ENVELOPE_UNREADABLE, "nonce differs from the callback's nonce")
    else:
        fields = _xml_reply(body)
    return cipher.open(fields["msgsignature"], fields["timestamp"], fields["nonce"], fields["encrypt"])


def _json_reply(body: bytes) -> dict[str, str]:
    try:
        data = json.loads(body)
        if not isinstance(data["timestamp"], int):
            raise CryptoError(ENVELOPE_UNREADABLE, "timestamp is not an integer")
        return {name: str(data[name]) for name in ("encrypt", "msgsignature", "timestamp", "nonce")}
    except (ValueError, KeyError, TypeError) as error:
        raise CryptoError(ENVELOPE_UNREADABLE, "reply is not the JSON envelope") from error


def _xml_reply(body: bytes) -> dict[str, str]:
    outer = parse_xml(body)
    found = {name.lower(): outer.get(name) for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")}
    if not all(isinstance(value, str) and value for value in found.values()):
        raise CryptoError(ENVELOPE_UNREADABLE, "reply lacks an element of the envelope")
    return {name: str(value) for name, value in found.items()}


def to_xml(fields: Fields, *, cdata: bool = True) -> bytes:
    """Write fields as `<xml>`: nested mappings nest, lists repeat their element, numbers stay bare."""
    return f"<xml>{_elements(fields, cdata=cdata)}</xml>".encode()


def _elements(fields: Fields, *, cdata: bool) -> str:
    return "".join(
        f"<{name}>{_content(one, cdata=cdata)}</{name}>"
        for name, value in fields.items()
        for one in (value if isinstance(value, list) else [value])
    )


def _content(value: Any, *, cdata: bool) -> str:
    if isinstance(value, Mapping):
        return _elements(value, cdata=cdata)
    if isinstance(value, int):
        return str(value)
    text = str(value)
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>" if cdata else escape(text)


def parse_xml(body: bytes) -> dict[str, Any]:
    """Read `<xml>` into a mapping; a repeated element becomes a list. Entities and DTDs are refused."""
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise CryptoError(ENVELOPE_UNREADABLE, "not XML") from error
    found = _read(root)
    return found if isinstance(found, dict) else {}


def _read(element: Element) -> Any:
    children = list(element)
    if not children:
        return element.text or ""
    found: dict[str, Any] = {}
    for child in children:
        value = _read(child)
        if child.tag in found:
            present = found[child.tag]
            found[child.tag] = [*(present if isinstance(present, list) else [present]), value]
        else:
            found[child.tag] = value
    return found
