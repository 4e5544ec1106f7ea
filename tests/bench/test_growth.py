"""The pictures of how throughput grows."""

from pathlib import Path
from xml.etree import ElementTree  # noqa: S405  # it reads our own pictures

import pytest

from bench.growth import plot, point
from bench.growth.plot import Frame
from bench.growth.point import Point

SVG = "{http://www.w3.org/2000/svg}"
SIZES = (1000, 100_000, 1_000_000)


def points(kind: str, database: str, processes: int, *rates: float) -> list[Point]:
    return [
        Point(kind=kind, database=database, processes=processes, sessions=sessions, rate=rate)
        for sessions, rate in zip(SIZES, rates, strict=True)
    ]


MEASURED = [
    *points("webhooks", "sqlite", 1, 1000, 1010, 990),
    *points("webhooks", "postgresql", 1, 800, 790, 600),
    *points("webhooks", "postgresql", 3, 1400, 1390, 1385),
    *points("deliveries", "sqlite", 3, 900, 900, 900),
]


def test_figures_are_read_as_they_were_written(tmp_path: Path) -> None:
    point.write(MEASURED, tmp_path / "figures.csv")

    assert point.read(tmp_path / "figures.csv") == MEASURED


def test_each_kind_is_a_well_formed_picture_with_a_named_line_for_each_database_and_number(tmp_path: Path) -> None:
    webhooks, deliveries = (ElementTree.parse(path).getroot() for path in plot.draw(MEASURED, tmp_path))  # noqa: S314  # our own

    assert len(webhooks.findall(f"{SVG}polyline")) == 3
    assert len(deliveries.findall(f"{SVG}polyline")) == 1
    said = {each.text for each in webhooks.findall(f"{SVG}text")}
    assert said >= {"SQLite, 1 web process", "PostgreSQL, 3 web processes", "1,000,000", "sessions stored"}
    assert "SQLite, 3 workers" in {each.text for each in deliveries.findall(f"{SVG}text")}


def test_names_of_lines_do_not_overlap() -> None:
    close = [*points("polls", "sqlite", 1, 1, 1, 1000), *points("polls", "postgresql", 1, 1, 1, 1001)]
    names = [each for each in ElementTree.fromstring(plot.picture("polls", close)) if "web" in (each.text or "")]  # noqa: S314  # as above

    high, low = sorted(float(each.get("y", 0)) for each in names)
    assert low - high >= 16


@pytest.mark.parametrize(("highest", "top"), [(1400, 1500), (90, 100), (1000, 1000), (7, 8)])
def test_the_axis_ends_at_a_round_number(highest: float, top: float) -> None:
    assert Frame(points("webhooks", "sqlite", 1, 1, 1, highest)).top == top
