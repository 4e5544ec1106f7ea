"""The table of promises and figures, on the screen and in RESULTS.md."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from bench.row import Figure, Row

RESULTS = Path(__file__).with_name("RESULTS.md")
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_BETWEEN = re.compile(r"(?<=<!-- measured -->\n).*?(?=<!-- end -->)", re.DOTALL)

Found = Mapping[tuple[str, str], Figure]
"""Figures by the names of row and database."""


def table(rows: Iterable[Row], found: Found) -> str:
    """Each promise beside its figure; then where each figure comes from."""
    heads = [f"{name} | promise" for name in NAMES.values()]
    lines = [f"| | {' | '.join(heads)} | |", "|---|" + "---|---|" * len(heads) + "---|"]
    lines += [_line(row, found) for row in rows if any((row.name, each) in found for each in NAMES)]
    return "\n".join([*lines, "", *_details(rows, found)])


def faults(found: Found) -> list[str]:
    """What makes figures worthless, one line each."""
    return [
        f"{row} on {NAMES[database]}: {fault}" for (row, database), figure in found.items() for fault in figure.faults
    ]


def rewrite(text: str, path: Path = RESULTS) -> None:
    """Puts the text between the marks of the file; everything around it stays."""
    path.write_text(_BETWEEN.sub(lambda _: f"\n{text}\n\n", path.read_text()))


def _line(row: Row, found: Found) -> str:
    cells = [cell for database in NAMES for cell in (_shown(row, database, found), str(row.promises[database]))]
    return f"| {' | '.join([row.title, *cells, _verdict(row, found)])} |"


def _shown(row: Row, database: str, found: Found) -> str:
    figure = found.get((row.name, database))
    return row.promises[database].shown.format(figure.value) if figure else ""


def _verdict(row: Row, found: Found) -> str:
    figures = {each: found[row.name, each] for each in NAMES if (row.name, each) in found}
    if any(figure.faults for figure in figures.values()):
        return "**faulty**"
    return "ok" if all(row.promises[each].is_kept(figure.value) for each, figure in figures.items()) else "**missed**"


def _details(rows: Iterable[Row], found: Found) -> Iterator[str]:
    for row in rows:
        for database, name in NAMES.items():
            if (row.name, database) in found:
                yield f"- {row.name}, {name}: {found[row.name, database].detail}"
