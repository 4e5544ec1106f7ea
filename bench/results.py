"""The table of promises and figures, on the screen and in RESULTS.md."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from bench.benchmark import Benchmark, Measurement

RESULTS = Path(__file__).with_name("RESULTS.md")
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_MEASURED_SECTION = re.compile(r"(?<=<!-- measured -->\n).*?(?=<!-- end -->)", re.DOTALL)

Measurements = Mapping[tuple[str, str], Measurement]
"""Figures by the names of row and database."""


def format_table(rows: Iterable[Benchmark], measurements: Measurements) -> str:
    """Each promise beside its figure; then where each figure comes from."""
    headings = [f"{name} | promise" for name in NAMES.values()]
    lines = [f"| | {' | '.join(headings)} | |", "|---|" + "---|---|" * len(headings) + "---|"]
    lines += [
        _line(row, measurements)
        for row in rows
        if any((row.name, database) in measurements for database in NAMES)
    ]
    return "\n".join([*lines, "", *_details(rows, measurements)])


def all_faults(measurements: Measurements) -> list[str]:
    """What makes figures worthless, one line each."""
    return [
        f"{row} on {NAMES[database]}: {fault}"
        for (row, database), measurement in measurements.items()
        for fault in measurement.faults
    ]


def rewrite(text: str, path: Path = RESULTS) -> None:
    """Puts the text between the marks of the file; everything around it stays."""
    path.write_text(_MEASURED_SECTION.sub(lambda _: f"\n{text}\n\n", path.read_text()))


def _line(row: Benchmark, measurements: Measurements) -> str:
    cells = [
        cell
        for database in NAMES
        for cell in (_formatted(row, database, measurements), str(row.thresholds[database]))
    ]
    return f"| {' | '.join([row.title, *cells, _status(row, measurements)])} |"


def _formatted(row: Benchmark, database: str, measurements: Measurements) -> str:
    measurement = measurements.get((row.name, database))
    return row.thresholds[database].number_format.format(measurement.value) if measurement else ""


def _status(row: Benchmark, measurements: Measurements) -> str:
    figures = {
        database: measurements[row.name, database]
        for database in NAMES
        if (row.name, database) in measurements
    }
    if any(measurement.faults for measurement in figures.values()):
        return "**faulty**"
    return (
        "ok"
        if all(
            row.thresholds[database].is_met(measurement.value)
            for database, measurement in figures.items()
        )
        else "**missed**"
    )


def _details(rows: Iterable[Benchmark], measurements: Measurements) -> Iterator[str]:
    for row in rows:
        for database, name in NAMES.items():
            if (row.name, database) in measurements:
                yield f"- {row.name}, {name}: {measurements[row.name, database].detail}"
