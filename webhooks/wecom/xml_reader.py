"""XML of callbacks to nested dicts: leaves are strings, repeated elements become lists."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from webhooks.wecom.refusal import Reason, Refusal

Fields = dict[str, Any]

MAX_DEPTH = 8
"""WeCom nests five levels at most; deeper input would only exhaust the stack."""


def read_xml(body: bytes) -> Fields:
    """Return the children of the root element; no DTD, no entity, UTF-8 only, else `Refusal`."""
    try:
        root = ElementTree.fromstring(body.decode("utf-8-sig"), forbid_dtd=True)
    except (ParseError, DefusedXmlException, UnicodeDecodeError) as error:
        raise Refusal(Reason.UNREADABLE) from error
    return _children(root, depth=1)


def _children(element: Element, *, depth: int) -> Fields:
    if depth > MAX_DEPTH:
        raise Refusal(Reason.UNREADABLE)
    fields: Fields = {}
    for child in element:
        value = _children(child, depth=depth + 1) if len(child) else (child.text or "")
        if child.tag not in fields:
            fields[child.tag] = value
        elif isinstance(fields[child.tag], list):
            fields[child.tag].append(value)
        else:
            fields[child.tag] = [fields[child.tag], value]
    return fields


def text_of(fields: Fields, name: str) -> str:
    """Return a leaf's text; absent, nested or repeated elements give an empty string."""
    value = fields.get(name, "")
    return value if isinstance(value, str) else ""


def number_of(fields: Fields, name: str) -> int:
    """Return a leaf's non-negative whole number, 0 when it is absent or is none."""
    text = text_of(fields, name).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else 0


def group_of(fields: Fields, name: str) -> Fields:
    """Return a nested element, empty when it is absent or a leaf."""
    value = fields.get(name, {})
    return value if isinstance(value, dict) else {}


def many(fields: Fields, name: str) -> list[Any]:
    """Return an element as the list it stands for, whether it came 0, 1 or n times."""
    value = fields.get(name, [])
    return value if isinstance(value, list) else [value]
