"""A database of an older version is brought up to date with what it holds."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from bot.store import migrations, outbox
from bot.store.engine import open_engine
from bot.store.store import Store

QUEUED, SENT = "2026-03-02 09:00:00.000000", "2026-03-02 09:05:00.000000"


def written_by_version(path: Path, revision: str, statements: list[str]) -> None:
    engine = open_engine(path, writer=True)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


async def test_messages_that_an_older_version_wrote_count_as_tried_and_unguarded(tmp_path: Path) -> None:
    """Nobody wrote down when they were tried: what is assumed must not let one arrive twice unseen."""
    chat = "insert into conversations (id, channel, account, party, kind, version) values (1, 'app', '1', 'li', 'bot', 0)"
    columns = "id, conversation_id, key, kind, body, digest, state, repeats, queued_at, sent_at"
    sent = f"1, 1, 'k1', 'text', '{{}}', 'd', 'sent', 0, '{QUEUED}', '{SENT}'"
    waiting = f"2, 1, 'k2', 'text', '{{}}', 'd', 'waiting', 1, '{QUEUED}', null"
    letters = [f"insert into outbox ({columns}) values ({values})" for values in (sent, waiting)]
    written_by_version(tmp_path / "db", "0001", [chat, *letters])
    migrations.upgrade(tmp_path / "db")
    store = Store(tmp_path / "db")
    rows = await store.read(lambda tx: tx.execute(text("select tried_at, guarded_until from outbox")).all())
    assert [tuple(row) for row in rows] == [(SENT, SENT), (QUEUED, QUEUED)]
    assert (await store.read(lambda tx: outbox.get(tx, 1))).state == outbox.SENT
    await store.close()
