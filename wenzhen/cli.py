"""The commands. Each says what to do when something is wrong, in one line, with exit code 2."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TextIO

import click

from bot.errors import WenzhenError

DEMO_DATA = Path("data/demo")
PORT = click.IntRange(1, 65535)


class Commands(click.Group):
    """Turns our errors into one line on standard error."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except WenzhenError as error:
            click.echo(f"wenzhen: {error}", err=True)
            ctx.exit(2)


@click.group(cls=Commands)
@click.version_option(package_name="wenzhen")
def main() -> None:
    """问诊 Wenzhen: the assistant beside every customer chat in WeCom."""


@main.command()
def serve() -> None:
    """Run the product. Settings come from WENZHEN_… variables or .env (see .env.example)."""
    from wenzhen.demo import prepare_demo  # noqa: PLC0415 (a command loads only what it needs)
    from wenzhen.engines import EngineProcess, load_engines  # noqa: PLC0415
    from wenzhen.serve import log_to_stderr, make_folder, run_app  # noqa: PLC0415
    from wenzhen.settings import load_settings  # noqa: PLC0415
    from wenzhen.wiring import build  # noqa: PLC0415

    log_to_stderr()
    settings = load_settings()
    folder = settings.storage.path.parent
    make_folder(folder)
    engine = EngineProcess(load_engines, folder)
    try:
        product = build(settings, engine.engines)
        if settings.demo:
            asyncio.run(prepare_demo(product.store))
        run_app(product.app, host=settings.server.host, port=settings.server.port)
    finally:
        engine.close()


@main.command()
@click.option("--data", type=click.Path(path_type=Path), default=DEMO_DATA, show_default=True)
@click.option("--port", type=PORT, default=8700, show_default=True, help="The product.")
@click.option(
    "--simulator-port",
    type=PORT,
    default=8701,
    show_default=True,
    help="The simulated WeCom, with the page to open.",
)
def demo(data: Path, port: int, simulator_port: int) -> None:
    """Start everything with sample people and a simulated WeCom; Ctrl-C stops it."""
    from wenzhen.demo import run_demo  # noqa: PLC0415
    from wenzhen.serve import log_to_stderr  # noqa: PLC0415

    log_to_stderr()
    run_demo(data=data, port=port, simulator_port=simulator_port)


@main.command()
@click.option("--keys", type=click.Path(path_type=Path), required=True, help="Made when it is not there.")
@click.option("--world", type=click.Path(path_type=Path, exists=True), help="Another corp than the example.")
@click.option("--state", type=click.Path(path_type=Path), help="Keeps the chats over a restart.")
@click.option("--port", type=PORT, default=8701, show_default=True)
@click.option("--product", default="http://127.0.0.1:8700", show_default=True, help="Where callbacks go.")
def simulator(keys: Path, world: Path | None, state: Path | None, port: int, product: str) -> None:
    """Run the simulated WeCom alone, for example to try your own set-up on it."""
    from wenzhen.serve import log_to_stderr  # noqa: PLC0415
    from wenzhen.simulate import run_simulator  # noqa: PLC0415

    log_to_stderr()
    run_simulator(keys=keys, world=world, state=state, port=port, product_url=product)


@main.command()
def understand() -> None:
    """Read JSON lines on standard input, write what each means on standard output."""
    from nlp.lines import understand_lines  # noqa: PLC0415
    from nlp.loading import load_understander  # noqa: PLC0415

    understand_lines(sys.stdin, sys.stdout, load_understander())


@main.command()
def parked() -> None:
    """List the work that waits for a person; `wenzhen retry` tries it again."""
    from wenzhen.operate import parked_lines  # noqa: PLC0415
    from wenzhen.settings import load_settings  # noqa: PLC0415

    for line in parked_lines(load_settings().storage.path):
        click.echo(line)


@main.command()
def status() -> None:
    """Show what the running product has counted since its start, as JSON."""
    from wenzhen.operate import status_text  # noqa: PLC0415
    from wenzhen.settings import load_settings  # noqa: PLC0415

    click.echo(status_text(load_settings()))


@main.command()
@click.argument("jobs", type=int, nargs=-1, required=True)
def retry(jobs: tuple[int, ...]) -> None:
    """Try parked jobs again, by the numbers that `wenzhen parked` shows."""
    from wenzhen.operate import retry_jobs  # noqa: PLC0415
    from wenzhen.settings import load_settings  # noqa: PLC0415

    for job in retry_jobs(load_settings().storage.path, jobs):
        click.echo(f"job {job} will be tried again")


@main.group("eval")
def evaluate() -> None:
    """Measure quality on a labelled file; figures as JSON on the last line."""


def _measure(kind: str) -> click.Command:
    """Make `wenzhen eval KIND FILE [--report DIR]` of the function `evaluate_KIND`."""

    @click.argument("file", type=click.File(encoding="utf-8"))
    @click.option(
        "--report", type=click.Path(path_type=Path, file_okay=False), help="Also write a page here."
    )
    def measure(file: TextIO, report: Path | None) -> None:
        from nlp import evaluate as measures  # noqa: PLC0415
        from nlp.loading import load_understander  # noqa: PLC0415

        found = getattr(measures, f"evaluate_{kind}")(file, load_understander(), report)
        click.echo(json.dumps(found, ensure_ascii=False))

    measure.__doc__ = f"Measure {kind} of single messages, one JSON object a line."
    return click.command(kind)(measure)


evaluate.add_command(_measure("objections"))
evaluate.add_command(_measure("needs"))


@evaluate.command("retrieval")
def eval_retrieval() -> None:
    """Measure how often the shipped replies are found by example lines that were held back."""
    from knowledge.entries import load_entries  # noqa: PLC0415
    from knowledge.evaluate import evaluate_retrieval  # noqa: PLC0415
    from knowledge.industries import load_industries  # noqa: PLC0415
    from nlp.loading import load_encoder  # noqa: PLC0415

    found = evaluate_retrieval(load_entries(), load_encoder(), load_industries())
    click.echo(json.dumps(found, ensure_ascii=False))


@main.group()
def bench() -> None:
    """Measure speed, each figure beside the machine's own limit in the same run."""


@bench.command("callbacks")
@click.option("--rate", default=100, show_default=True, help="Deliveries a second.")
@click.option("--seconds", default=20, show_default=True)
def bench_callbacks_command(rate: int, seconds: int) -> None:
    """How fast callbacks are acknowledged while the worker is busy."""
    from wenzhen.bench import bench_callbacks  # noqa: PLC0415

    click.echo(json.dumps(asyncio.run(bench_callbacks(rate=rate, seconds=seconds)), indent=2))


@bench.command("pipeline")
@click.option("--rate", default=5, show_default=True, help="Customer messages a second.")
@click.option("--seconds", default=20, show_default=True)
def bench_pipeline_command(rate: int, seconds: int) -> None:
    """From a customer's message to the suggestion on the rep's event stream."""
    from wenzhen.bench import bench_pipeline  # noqa: PLC0415

    click.echo(json.dumps(asyncio.run(bench_pipeline(rate=rate, seconds=seconds)), indent=2))
