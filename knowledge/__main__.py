"""`python -m knowledge [FOLDER]`: count the entries and name every problem; exit 1 when there is one."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import click

from bot.errors import FixSettings
from bot.packs import load_keywords, load_playbook
from knowledge.checks import check_entries
from knowledge.entries import ENTRIES, load_entries
from knowledge.industries import load_industries


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=ENTRIES)
def main(folder: Path) -> None:
    """Check the entries in FOLDER, by default those that ship."""
    try:
        entries = load_entries(folder)
        problems = check_entries(entries, load_keywords(), load_playbook().objections, load_industries())
    except FixSettings as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    count = Counter(entry.objection for entry in entries)
    for code, number in sorted(count.items()):
        click.echo(f"{code:14}{number:4}")
    click.echo(f"{'all':14}{len(entries):4}")
    for problem in problems:
        click.echo(problem)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
