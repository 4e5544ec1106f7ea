"""Measures what was promised: `python -m bench`, or `make bench` with ROW, DATABASE, ROUNDS, SECONDS and LOAD."""

import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import click

from bench import load, results
from bench.conditions import MANY, Conditions, say
from bench.databases import DATABASES
from bench.disk import real
from bench.machine import describe
from bench.row import Figure, Row
from bench.rows import ROWS
from bench.seeds import fill


@click.command()
@click.option("--row", "rows", envvar="ROW", multiple=True, type=click.Choice([row.name for row in ROWS]))
@click.option("--database", "databases", envvar="DATABASE", multiple=True, type=click.Choice(list(DATABASES)))
@click.option("--rounds", envvar="ROUNDS", default=5, show_default=True, type=click.IntRange(1))
@click.option("--seconds", envvar="SECONDS", default=4, show_default=True, type=click.IntRange(1), help="of a round")
@click.option("--load", "source", envvar="LOAD", default=load.best, type=click.Choice(list(load.LOADS)))
@click.option("--write", is_flag=True, help="Rewrite bench/RESULTS.md; always done where nothing was left out.")
def main(
    rows: tuple[str, ...], databases: tuple[str, ...], rounds: int, seconds: int, source: str, *, write: bool
) -> None:
    """Measures every row on both databases, or those named, and prints promise and figure side by side.

    Ends with 1 where something that was answered with 200 is not in the database.
    """
    chosen = [row for row in ROWS if not rows or row.name in rows]
    found: dict[tuple[str, str], Figure] = {}
    with tempfile.TemporaryDirectory(dir=real(), prefix="bench-") as folder:
        for database in databases or DATABASES:
            found |= _measure(chosen, database, Path(folder), rounds, seconds, source)
        machine = describe(source, Path(folder))
    text = f"{machine}\n\n{results.table(chosen, found)}"
    click.echo(f"\n{text}")
    if write or not (rows or databases):
        results.rewrite(text)
    sys.exit("\n".join(results.faults(found)) or 0)


def _measure(
    rows: list[Row], database: str, folder: Path, rounds: int, seconds: int, source: str
) -> dict[tuple[str, str], Figure]:
    found = {}
    with DATABASES[database](folder) as fresh, ExitStack() as kept:
        conditions = Conditions(
            fresh=fresh,
            full=cache(lambda: _full(kept.enter_context(fresh()))),
            folder=folder,
            load=load.LOADS[source],
            rounds=rounds,
            seconds=seconds,
        )
        for row in rows:
            click.echo(f"{row.name} on {results.NAMES[database]}: {row.title}", err=True)
            found[row.name, database] = row.measure(conditions)
    return found


def _full(url: str) -> str:
    fill(url, MANY, datetime.now(UTC), say)
    return url


if __name__ == "__main__":
    main()
