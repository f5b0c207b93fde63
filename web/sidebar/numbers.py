"""The numbers of rows in addresses: one that no row can have looks like one that is not there."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from bot.errors import Refused

LARGEST = 2**63 - 1
"""What the database can count to; it breaks off at a larger one."""


def _possible(number: int) -> int:
    if not 0 < number <= LARGEST:
        raise Refused("no row has such a number")
    return number


RowNumber = Annotated[int, AfterValidator(_possible)]
