"""Run a simulator by itself: `python -m webhooks.simulator --help`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from webhooks.simulator.app import serve
from webhooks.simulator.keys import open_keys
from webhooks.simulator.simulator import Options
from webhooks.simulator.story import DEMO_STORY
from webhooks.simulator.world import DEMO_WORLD, World


@click.command()
@click.option("--world", type=click.Path(path_type=Path, exists=True), default=DEMO_WORLD)
@click.option("--keys", type=click.Path(path_type=Path), default=Path("simulator-keys.json"))
@click.option("--state", type=click.Path(path_type=Path), default=None, help="Survive restarts in this file.")
@click.option("--callback", "callbacks", multiple=True, metavar="DOOR=URL", help="Where callbacks go.")
@click.option("--host", default="127.0.0.1")
@click.option("--port", default=8001, type=click.IntRange(1, 65535))
def main(
    world: Path, keys: Path, state: Path | None, callbacks: tuple[str, ...], host: str, port: int
) -> None:
    """Play a WeCom on HOST:PORT; the keys to enter in your own set-up are in the KEYS file."""
    urls = {}
    for one in callbacks:
        door, equals, url = one.partition("=")
        if not equals or not url.startswith(("http://", "https://")):
            raise click.BadParameter("expected DOOR=http://...", param_hint="--callback")
        urls[door] = url
    try:
        opened = World.load(world, open_keys(keys, world, urls))
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    story = DEMO_STORY if world == DEMO_WORLD else None
    click.echo(f"WeCom simulator: http://{host}:{port}  corp id {opened.corp_id}  keys in {keys}")
    try:
        asyncio.run(serve(opened, Options(state_path=state, story_path=story), host=host, port=port))
    except KeyboardInterrupt:
        click.echo("stopped")


if __name__ == "__main__":
    main()
