"""`python -m nlp.train STEP`: make the shipped model again from the packed weights and the corpus."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from nlp.train.steps import Workshop, export_step, heads_step, tune_step
from nlp.train.tune import Recipe

HERE = Path(__file__).resolve().parent.parent
STEPS = ("tune", "export", "heads")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m nlp.train", description=__doc__)
    parser.add_argument("step", choices=[*STEPS, "all"])
    parser.add_argument("--pristine", action="store_true", help="leave the encoder as its authors trained it")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=Recipe.epochs)
    parser.add_argument("--corpus", type=Path, default=HERE / "corpus")
    parser.add_argument("--build", type=Path, default=Path("build/train"))
    parser.add_argument("--model", type=Path, default=HERE / "model")
    return parser.parse_args()


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    arguments = parse()
    shop = Workshop(arguments.corpus, arguments.build, arguments.model)
    steps = STEPS if arguments.step == "all" else (arguments.step,)
    if "tune" in steps and not arguments.pristine:
        tune_step(shop, Recipe(epochs=arguments.epochs), arguments.threads)
    if "export" in steps:
        export_step(shop, pristine=arguments.pristine)
    if "heads" in steps:
        heads_step(shop, pristine=arguments.pristine)


if __name__ == "__main__":
    main()
