"""Opens the database so that a commit is on the disk when it returns, and readers never wait."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

BUSY_TIMEOUT_MS = 5000


def open_engine(path: Path, *, writer: bool, patience_ms: int = BUSY_TIMEOUT_MS) -> Engine:
    """Open SQLite at `path`. The writer takes its lock at BEGIN: a deferred one fails under load, at once.

    `patience_ms`: how long a statement blocks its thread while another process writes.
    `synchronous=FULL` because a callback that was answered 200 must survive a power cut.
    `hide_parameters`: an error that ends in the log must not carry what a customer wrote.
    """
    engine = create_engine(
        f"sqlite:///{path}", connect_args={"check_same_thread": False}, hide_parameters=True
    )
    begin = "BEGIN IMMEDIATE" if writer else "BEGIN"

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={patience_ms}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
