"""Access tokens of other systems, sealed: a copy of the database does not give them away."""

from __future__ import annotations

from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from bot.store.store import Store, Transaction
from bot.store.tables import tokens


class TokenShelf:
    """Keeps tokens by name. `key` is a Fernet key; a token sealed under another key counts as absent."""

    def __init__(self, store: Store, key: bytes) -> None:
        self._store = store
        self._fernet = Fernet(key)

    async def get(self, name: str) -> tuple[str, datetime] | None:
        """Return (token, expires_at), or None."""
        row = await self._store.read(lambda tx: _row(tx, name))
        if row is None:
            return None
        try:
            return self._fernet.decrypt(row[0].encode()).decode(), row[1]
        except InvalidToken:
            return None

    async def put(self, name: str, token: str, expires_at: datetime) -> None:
        """Keep a token."""
        sealed = self._fernet.encrypt(token.encode()).decode()
        values = {"sealed": sealed, "expires_at": expires_at}
        await self._store.write(
            lambda tx: tx.execute(
                insert(tokens)
                .values(name=name, **values)
                .on_conflict_do_update(index_elements=["name"], set_=values)
            )
        )


def _row(tx: Transaction, name: str) -> tuple[str, datetime] | None:
    row = tx.execute(select(tokens.c.sealed, tokens.c.expires_at).where(tokens.c.name == name)).first()
    return None if row is None else (row.sealed, row.expires_at)
