"""Schema changes, in order; `upgrade` brings any database to the newest."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from bot.store.engine import open_engine


def upgrade(path: Path) -> None:
    """Create the database at `path` or bring it up to date; safe to call at every start."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = open_engine(path, writer=True)
    try:
        with engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", str(Path(__file__).parent))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()
