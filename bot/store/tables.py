"""The tables. A schema change is a migration in `migrations/versions` and a line here; a test compares both."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime, stored as naive UTC because SQLite knows no time zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (signature of the library)
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (signature of the library)
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, *columns: Any) -> Table:
    return Table(name, metadata, Column("id", Integer, primary_key=True), *columns)


def _owner(table: str) -> Column[int]:
    return Column(f"{table.removesuffix('s')}_id", ForeignKey(f"{table}.id"), nullable=False, index=True)


def _evidence() -> tuple[Column[Any], ...]:
    return (
        Column("quote", Text, nullable=False),
        Column("start", Integer, nullable=False),
        Column("end", Integer, nullable=False),
    )


deliveries = _table(
    "deliveries",
    Column("door", String(32), nullable=False),
    Column("key", String(160), nullable=False, unique=True),
    Column("lane", String(200), nullable=False, index=True),
    Column("payload", JSON, nullable=False),
    Column("received_at", UtcTime, nullable=False),
)

cursors = Table(
    "cursors",
    metadata,
    Column("lane", String(200), primary_key=True),
    Column("cursor", String(128), nullable=False),
    Column("moved_at", UtcTime, nullable=False),
)

conversations = _table(
    "conversations",
    Column("channel", String(16), nullable=False),
    Column("account", String(64), nullable=False),
    Column("party", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("rep_id", String(64), index=True),
    Column("customer_name", String(120)),
    Column("company", String(200)),
    Column("version", Integer, nullable=False, default=0),
    UniqueConstraint("channel", "account", "party"),
)

consents = _table(
    "consents",
    Column("rep_id", String(64), nullable=False),
    Column("customer_id", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("source", String(64), nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Index(None, "rep_id", "customer_id"),
)

messages = _table(
    "messages",
    _owner("conversations"),
    Column("key", String(160), nullable=False, unique=True),
    Column("sort_key", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("speaker", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("media_id", String(300)),
    Column("said_at", UtcTime, nullable=False),
    Column("recalled_at", UtcTime),
    Column("understood_by", String(64)),
    Index(None, "conversation_id", "sort_key"),
)

objections = _table(
    "objections",
    _owner("messages"),
    Column("code", String(40), nullable=False),
    Column("confidence", Float, nullable=False),
    *_evidence(),
    Column("severity", String(16)),
    Column("variant", String(40)),
    Column("version", String(64), nullable=False),
)

needs = _table(
    "needs",
    _owner("conversations"),
    _owner("messages"),
    Column("code", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("confidence", Float, nullable=False),
    *_evidence(),
    Column("version", String(64), nullable=False),
    Column("at", UtcTime, nullable=False),
)

facts = _table(
    "facts",
    _owner("conversations"),
    Column("entry", Integer, nullable=False),
    Column("dim", String(40), nullable=False),
    Column("slot", String(40), nullable=False),
    Column("value", Text, nullable=False),
    Column("change", String(16), nullable=False),
    Column("level", String(16), nullable=False),
    Column("said_at", UtcTime, nullable=False),
    Column("message_id", ForeignKey("messages.id"), index=True),
    Column("by", String(64)),
    Column("quote", Text),
    Column("start", Integer),
    Column("end", Integer),
    Column("confidence", Float, nullable=False),
    Column("hedged", Boolean, nullable=False),
    Column("status", String(16), nullable=False),
    Column("superseded_by", Integer),
    Column("role", String(32)),
    Column("stance", String(16)),
    Column("comparator", String(8)),
    Column("number", Float),
    Column("unit", String(32)),
    Column("date", String(32)),
    UniqueConstraint("conversation_id", "entry"),
)

suggestions = _table(
    "suggestions",
    _owner("conversations"),
    _owner("messages"),
    Column("objection", String(40), nullable=False),
    Column("passages", JSON, nullable=False),
    Column("ask", Text, nullable=False),
    Column("ask_reason", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("offered_at", UtcTime, nullable=False),
    Column("acted_at", UtcTime),
    Column("passage", Integer),
    Column("sent_text", Text),
    Column("reason", String(32)),
    Column("told", Boolean, nullable=False, default=False),
)

outbox = _table(
    "outbox",
    _owner("conversations"),
    Column("key", String(32), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("body", JSON, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("repeats", Integer, nullable=False, default=0),
    Column("channel_id", String(200)),
    Column("response_code", String(300)),
    Column("queued_at", UtcTime, nullable=False),
    Column("tried_at", UtcTime),
    Column("guarded_until", UtcTime),
    Column("sent_at", UtcTime),
    Column("message_id", ForeignKey("messages.id"), index=True),
    Index(None, "conversation_id", "digest"),
)

jobs = _table(
    "jobs",
    Column("lane", String(200), nullable=False),
    Column("position", String(96), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("subject_id", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("due_at", UtcTime, nullable=False),
    Column("leased_until", UtcTime),
    Column("reason", String(200)),
    Column("created_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime),
    Index("ix_jobs_parked", "lane", sqlite_where=text("state = 'parked'")),
    Index("ix_jobs_unfinished", "lane", "position", "id", sqlite_where=Column("finished_at").is_(None)),
    UniqueConstraint("kind", "subject_id"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("name", String(160), primary_key=True),
    Column("sealed", Text, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
)
