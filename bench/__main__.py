"""Runs the benchmarks: `make bench` with BENCHMARK, DATABASE, ROUNDS, SECONDS and LOAD."""

import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import click

from bench import load, results
from bench.benchmark import Benchmark, Measurement
from bench.benchmarks import BENCHMARKS
from bench.conditions import FULL_SESSION_COUNT, Conditions, print_progress
from bench.databases import DATABASES
from bench.disk import disk_backed_temp_folder
from bench.fill_database import fill_database
from bench.machine import describe


@click.command()
@click.option(
    "--benchmark",
    "names",
    envvar="BENCHMARK",
    multiple=True,
    type=click.Choice([benchmark.name for benchmark in BENCHMARKS]),
)
@click.option(
    "--database", "databases", envvar="DATABASE", multiple=True, type=click.Choice(list(DATABASES))
)
@click.option("--rounds", envvar="ROUNDS", default=5, show_default=True, type=click.IntRange(1))
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
@click.option(
    "--write",
    is_flag=True,
    help="Rewrite bench/RESULTS.md; always done where nothing was left out.",
)
def main(
    names: tuple[str, ...],
    databases: tuple[str, ...],
    rounds: int,
    seconds: int,
    source: str,
    *,
    write: bool,
) -> None:
    """Run the benchmarks, or those named, and print promise and figure side by side.

    Exits with 1 where something that was answered with 200 is not in the database.
    """
    benchmarks = [benchmark for benchmark in BENCHMARKS if not names or benchmark.name in names]
    measurements: dict[tuple[str, str], Measurement] = {}
    with tempfile.TemporaryDirectory(dir=disk_backed_temp_folder(), prefix="bench-") as folder:
        for database in databases or DATABASES:
            measurements |= _measure(benchmarks, database, Path(folder), rounds, seconds, source)
        machine = describe(source, Path(folder))
    text = f"{machine}\n\n{results.format_table(benchmarks, measurements)}"
    click.echo(f"\n{text}")
    if write or not (names or databases):
        results.rewrite(text)
    sys.exit("\n".join(results.all_faults(measurements)) or 0)


def _measure(
    benchmarks: list[Benchmark], database: str, folder: Path, rounds: int, seconds: int, source: str
) -> dict[tuple[str, str], Measurement]:
    measurements = {}
    with DATABASES[database](folder) as new_database, ExitStack() as open_databases:
        conditions = Conditions(
            new_database=new_database,
            full_database=cache(lambda: _filled(open_databases.enter_context(new_database()))),
            folder=folder,
            load_generator=load.LOAD_GENERATORS[source],
            rounds=rounds,
            seconds=seconds,
        )
        for benchmark in benchmarks:
            click.echo(
                f"{benchmark.name} on {results.NAMES[database]}: {benchmark.title}", err=True
            )
            measurements[benchmark.name, database] = benchmark.measure(conditions)
    return measurements


def _filled(url: str) -> str:
    fill_database(url, FULL_SESSION_COUNT, datetime.now(UTC), print_progress)
    return url


if __name__ == "__main__":
    main()
