"""The key file of a simulator that runs by itself: made once, readable by its owner only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

from webhooks.simulator.storage import write_private
from webhooks.simulator.world import DoorKeys, door_names


def open_keys(path: Path, world: Path, callback_urls: Mapping[str, str]) -> dict[str, DoorKeys]:
    """Return the keys of every door of `world`, making and keeping those that the file lacks.

    `callback_urls` (door name to URL) take the place of the kept ones. ValueError for an unknown door.
    """
    names = door_names(world)
    if unknown := set(callback_urls) - set(names):
        raise ValueError(f"no such door: {sorted(unknown)}")
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    keys = {name: DoorKeys(**kept[name]) if name in kept else DoorKeys.generate() for name in names}
    keys |= {name: replace(keys[name], callback_url=url) for name, url in callback_urls.items()}
    shown = {name: asdict(one) for name, one in keys.items()}
    write_private(path, json.dumps(shown, indent=1).encode())
    return keys
