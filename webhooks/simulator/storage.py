"""What survives a restart: the state as one JSON file, the bytes of media beside it."""

from __future__ import annotations

import os
from pathlib import Path

from webhooks.simulator.state import SKIPPED_AFTER_RESTART, State


class Snapshot:
    """Reads and writes the state; a reader never sees half a file. Without a path it does nothing."""

    def __init__(self, path: Path | None, corp_id: str) -> None:
        self._path = path
        self._corp_id = corp_id

    def load(self) -> State:
        """Return the stored state, or a new one when there is none or it belongs to another corp."""
        if self._path is None or not self._path.exists():
            return State(corp_id=self._corp_id)
        state = State.model_validate_json(self._path.read_bytes())
        if state.corp_id != self._corp_id:
            return State(corp_id=self._corp_id)
        state.next_seq += SKIPPED_AFTER_RESTART
        return state

    def save(self, state: State) -> None:
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_private(self._path, state.model_dump_json().encode())


class MediaShelf:
    """Bytes by media id, in a folder when there is one, else in memory."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._memory: dict[str, bytes] = {}

    def put(self, media_id: str, data: bytes) -> None:
        if self._folder is None:
            self._memory[media_id] = data
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        write_private(self._folder / media_id, data)

    def get(self, media_id: str) -> bytes:
        if self._folder is None:
            return self._memory.get(media_id, b"")
        path = self._folder / media_id
        return path.read_bytes() if path.exists() else b""

    def drop(self, media_id: str) -> None:
        self._memory.pop(media_id, None)
        if self._folder is not None:
            (self._folder / media_id).unlink(missing_ok=True)


def write_private(path: Path, data: bytes) -> None:
    """Replace a file in one step; nobody but its owner can read it."""
    fresh = path.with_name(path.name + ".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    fresh.replace(path)
