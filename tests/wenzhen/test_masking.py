"""The last net catches personal numbers and secrets, and lets business numbers through."""

from __future__ import annotations

import logging

import pytest

from wenzhen.masking import MaskingFormatter, mask


@pytest.mark.parametrize(
    "number", ["13800138000", "+8613800138000", "86-13912345678", "11010519491231002X", "11010519491231002x"]
)
def test_personal_numbers_are_hidden(number: str) -> None:
    for line in (number, f"电话{number}，", f"phone={number} ok", f"({number})"):
        assert number not in mask(line)
        assert "***" in mask(line)


@pytest.mark.parametrize(
    "number",
    [
        "20261125000123",  # an order number made of a date
        "DD13800138000",  # an order number that holds a mobile number's form
        "13800138000-01",
        "138001380001",  # one digit more
        "110105194912310021",  # the form of an identity number with a wrong check digit
        "¥13,800.00",
        "13800138000.50",
        "SRVO-062",
        "AL.32",
        "E-13800",
        "job=13800138",
        "MsgId=4561255354251345929",
    ],
)
def test_order_numbers_prices_and_codes_survive(number: str) -> None:
    assert mask(f"订单 {number} 已记录") == f"订单 {number} 已记录"


@pytest.mark.parametrize("name", ["access_token", "corpsecret", "code", "msg_signature", "ticket"])
def test_secrets_in_addresses_are_hidden(name: str) -> None:
    line = mask(f"GET /cgi-bin/x?a=1&{name}=s3cr3t-VALUE_x&b=2")
    assert "s3cr3t" not in line
    assert line.endswith("&b=2")
    assert "a=1" in line


def test_tracebacks_are_masked_too() -> None:
    try:
        raise ValueError("call 13800138000")
    except ValueError:
        record = logging.getLogger("x").makeRecord(
            "x", 40, "f", 1, "failed", (), __import__("sys").exc_info()
        )
    assert "13800138000" not in MaskingFormatter().format(record)
    assert "ValueError" in MaskingFormatter().format(record)
