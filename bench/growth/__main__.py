"""Measures and draws how throughput grows: `make bench-growth`; with `--redraw` it only draws what was measured."""

import tempfile
from pathlib import Path

import click

from bench import load
from bench.conditions import Conditions
from bench.databases import DATABASES, Fresh
from bench.disk import real
from bench.growth import measure, plot, point
from bench.growth.point import Point
from bench.results import NAMES


@click.command()
@click.option("--rounds", envvar="ROUNDS", default=3, show_default=True, type=click.IntRange(1))
@click.option("--seconds", envvar="SECONDS", default=4, show_default=True, type=click.IntRange(1), help="of a round")
@click.option("--load", "source", envvar="LOAD", default=load.best, type=click.Choice(list(load.LOADS)))
@click.option("--redraw", is_flag=True, help="Measure nothing, draw what is in figures.csv.")
def main(rounds: int, seconds: int, source: str, *, redraw: bool) -> None:
    """Three sizes of ledger, one and three processes, on both databases; takes about half an hour."""
    if not redraw:
        point.write(_measured(rounds, seconds, source))
    for path in plot.draw(point.read()):
        click.echo(path.name)


def _measured(rounds: int, seconds: int, source: str) -> list[Point]:
    points: list[Point] = []
    with tempfile.TemporaryDirectory(dir=real(), prefix="bench-") as folder:
        for database, opened in DATABASES.items():
            with opened(Path(folder)) as fresh:
                click.echo(NAMES[database], err=True)
                points += measure.measure(_conditions(fresh, Path(folder), rounds, seconds, source), database)
    return points


def _conditions(fresh: Fresh, folder: Path, rounds: int, seconds: int, source: str) -> Conditions:
    return Conditions(fresh=fresh, folder=folder, load=load.LOADS[source], rounds=rounds, seconds=seconds)


if __name__ == "__main__":
    main()
