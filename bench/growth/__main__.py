"""Measures and draws how throughput grows: `make bench-growth`; with `--redraw` it only draws."""

import tempfile
from pathlib import Path

import click

from bench import load
from bench.conditions import Conditions
from bench.databases import DATABASES, NewDatabase
from bench.disk import disk_backed_temp_folder
from bench.growth import measure, plot, point
from bench.growth.point import GrowthPoint
from bench.results import NAMES


@click.command()
@click.option("--rounds", envvar="ROUNDS", default=3, show_default=True, type=click.IntRange(1))
@click.option(
    "--seconds",
    envvar="SECONDS",
    default=4,
    show_default=True,
    type=click.IntRange(1),
    help="of a round",
)
@click.option(
    "--load",
    "source",
    envvar="LOAD",
    default=load.best_load_generator,
    type=click.Choice(list(load.LOAD_GENERATORS)),
)
@click.option("--redraw", is_flag=True, help="Measure nothing, draw what is in figures.csv.")
def main(rounds: int, seconds: int, source: str, *, redraw: bool) -> None:
    """Measure three database sizes with one and three processes; takes about half an hour."""
    if not redraw:
        point.write_points(_measure_all(rounds, seconds, source))
    for path in plot.draw_charts(point.read_points()):
        click.echo(path.name)


def _measure_all(rounds: int, seconds: int, source: str) -> list[GrowthPoint]:
    points: list[GrowthPoint] = []
    with tempfile.TemporaryDirectory(dir=disk_backed_temp_folder(), prefix="bench-") as folder:
        for database, open_databases in DATABASES.items():
            with open_databases(Path(folder)) as new_database:
                click.echo(NAMES[database], err=True)
                points += measure.measure_points(
                    _conditions(new_database, Path(folder), rounds, seconds, source), database
                )
    return points


def _conditions(
    new_database: NewDatabase, folder: Path, rounds: int, seconds: int, source: str
) -> Conditions:
    return Conditions(
        new_database=new_database,
        folder=folder,
        load_generator=load.LOAD_GENERATORS[source],
        rounds=rounds,
        seconds=seconds,
    )


if __name__ == "__main__":
    main()
