"""Formats rows of text under headings."""

import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

GAP = "  "
NARROWEST = 12


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], room: int | None = None) -> str:
    """Return a plain text table in `width` characters, or else as wide as the terminal.

    The widest columns of a table that is too wide are narrowed, and their text is wrapped.
    """
    cells = [tuple(headings), *(tuple(row) for row in rows)]
    widths = _widths(cells, room or _terminal())
    rule = tuple("-" * width for width in widths)
    return "\n".join(line for row in (cells[0], rule, *cells[1:]) for line in _lines(row, widths))


def _terminal() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize


def _widths(cells: Sequence[Sequence[str]], room: int) -> list[int]:
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    room -= len(GAP) * (len(widths) - 1)
    while sum(widths) > room and max(widths) > NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _lines(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    wrapped = [textwrap.wrap(cell, width) for cell, width in zip(row, widths, strict=True)]
    for parts in zip_longest(*wrapped, fillvalue=""):
        yield GAP.join(
            part.ljust(width) for part, width in zip(parts, widths, strict=True)
        ).rstrip()
