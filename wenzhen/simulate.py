"""Runs the simulator of WeCom with the demo window on its front page."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError
from yaml import YAMLError

from bot.errors import FixSettings
from web.simulator import demo_router
from webhooks.simulator.app import create_simulator
from webhooks.simulator.simulator import Options
from webhooks.simulator.story import DEMO_STORY
from webhooks.simulator.world import DEMO_WORLD, World
from wenzhen.demo import HOST, Keys
from wenzhen.serve import run_app


def run_simulator(*, keys: Path, world: Path | None, state: Path | None, port: int, product_url: str) -> None:
    """Serve until stopped; keys are made when the file is not there."""
    made = Keys.load_or_make(keys, product_url)
    try:
        described = World.load(world or DEMO_WORLD, secrets={"app": made.app, "kf": made.kf})
    except (ValueError, ValidationError, YAMLError) as error:
        raise FixSettings(f"{world or DEMO_WORLD}: {error}") from error
    app = create_simulator(described, Options(state_path=state, story_path=DEMO_STORY))
    app.include_router(demo_router(product_url=product_url))
    run_app(app, host=HOST, port=port)
