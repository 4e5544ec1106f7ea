"""The table of promises and figures, on the screen and in RESULTS.md."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from bench.benchmark import Benchmark, Measurement

RESULTS = Path(__file__).with_name("RESULTS.md")
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_MEASURED_SECTION = re.compile(r"(?<=<!-- measured -->\n).*?(?=<!-- end -->)", re.DOTALL)

Measurements = Mapping[tuple[str, str], Measurement]
"""Figures by the names of benchmark and database."""


def format_table(benchmarks: Iterable[Benchmark], measurements: Measurements) -> str:
    """Return each promise beside its figure, then the details of each figure."""
    headings = [f"{name} | promise" for name in NAMES.values()]
    lines = [f"| | {' | '.join(headings)} | |", "|---|" + "---|---|" * len(headings) + "---|"]
    lines += [
        _line(benchmark, measurements)
        for benchmark in benchmarks
        if any((benchmark.name, database) in measurements for database in NAMES)
    ]
    return "\n".join([*lines, "", *_details(benchmarks, measurements)])


def all_faults(measurements: Measurements) -> list[str]:
    """Return what makes figures worthless, one line each."""
    return [
        f"{benchmark} on {NAMES[database]}: {fault}"
        for (benchmark, database), measurement in measurements.items()
        for fault in measurement.faults
    ]


def rewrite(text: str, path: Path = RESULTS) -> None:
    """Replace the text between the marks of the file."""
    path.write_text(_MEASURED_SECTION.sub(lambda _: f"\n{text}\n\n", path.read_text()))


def _line(benchmark: Benchmark, measurements: Measurements) -> str:
    cells = [
        cell
        for database in NAMES
        for cell in (
            _formatted(benchmark, database, measurements),
            str(benchmark.thresholds[database]),
        )
    ]
    return f"| {' | '.join([benchmark.title, *cells, _status(benchmark, measurements)])} |"


def _formatted(benchmark: Benchmark, database: str, measurements: Measurements) -> str:
    measurement = measurements.get((benchmark.name, database))
    return (
        benchmark.thresholds[database].number_format.format(measurement.value)
        if measurement
        else ""
    )


def _status(benchmark: Benchmark, measurements: Measurements) -> str:
    figures = {
        database: measurements[benchmark.name, database]
        for database in NAMES
        if (benchmark.name, database) in measurements
    }
    if any(measurement.faults for measurement in figures.values()):
        return "**faulty**"
    return (
        "ok"
        if all(
            benchmark.thresholds[database].is_met(measurement.value)
            for database, measurement in figures.items()
        )
        else "**missed**"
    )


def _details(benchmarks: Iterable[Benchmark], measurements: Measurements) -> Iterator[str]:
    for benchmark in benchmarks:
        for database, name in NAMES.items():
            if (benchmark.name, database) in measurements:
                yield f"- {benchmark.name}, {name}: {measurements[benchmark.name, database].detail}"
