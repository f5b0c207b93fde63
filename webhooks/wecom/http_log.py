"""Keeps secrets out of httpx's own log: WeCom wants tokens and secrets in the query string."""

from __future__ import annotations

import logging

import httpx


class WithoutQuery(logging.Filter):
    """Cuts the query off every URL that httpx logs."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                argument.copy_with(query=None) if isinstance(argument, httpx.URL) else argument
                for argument in record.args
            )
        return True


def hide_queries() -> None:
    """Have httpx log no query string from now on; calling it again changes nothing."""
    logger = logging.getLogger("httpx")
    if not any(isinstance(known, WithoutQuery) for known in logger.filters):
        logger.addFilter(WithoutQuery())
