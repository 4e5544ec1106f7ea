"""The charts of throughput by size."""

from pathlib import Path
from xml.etree import ElementTree  # noqa: S405  # it reads our own pictures

import pytest

from bench.growth import plot, point
from bench.growth.plot import ChartScale
from bench.growth.point import GrowthPoint

SVG = "{http://www.w3.org/2000/svg}"
SIZES = (1000, 100_000, 1_000_000)


def growth_points(kind: str, database: str, processes: int, *rates: float) -> list[GrowthPoint]:
    return [
        GrowthPoint(kind=kind, database=database, processes=processes, sessions=sessions, rate=rate)
        for sessions, rate in zip(SIZES, rates, strict=True)
    ]


MEASURED = [
    *growth_points("webhooks", "sqlite", 1, 1000, 1010, 990),
    *growth_points("webhooks", "postgresql", 1, 800, 790, 600),
    *growth_points("webhooks", "postgresql", 3, 1400, 1390, 1385),
    *growth_points("deliveries", "sqlite", 3, 900, 900, 900),
]


def test_points_are_read_as_they_were_written(tmp_path: Path) -> None:
    point.write_points(MEASURED, tmp_path / "figures.csv")

    assert point.read_points(tmp_path / "figures.csv") == MEASURED


def test_each_kind_has_one_chart_with_a_labelled_line_per_database_and_process_count(
    tmp_path: Path,
) -> None:
    webhooks, deliveries = (
        ElementTree.parse(path).getroot() for path in plot.draw_charts(MEASURED, tmp_path)
    )  # our own

    assert len(webhooks.findall(f"{SVG}polyline")) == 3
    assert len(deliveries.findall(f"{SVG}polyline")) == 1
    labels = {element.text for element in webhooks.findall(f"{SVG}text")}
    assert labels >= {
        "SQLite, 1 web process",
        "PostgreSQL, 3 web processes",
        "1,000,000",
        "sessions stored",
    }
    assert "SQLite, 3 workers" in {element.text for element in deliveries.findall(f"{SVG}text")}


def test_line_labels_do_not_overlap() -> None:
    close_points = [
        *growth_points("polls", "sqlite", 1, 1, 1, 1000),
        *growth_points("polls", "postgresql", 1, 1, 1, 1001),
    ]
    labels = [
        element
        for element in ElementTree.fromstring(plot.render_chart("polls", close_points))
        if "web" in (element.text or "")
    ]  # as above

    upper, lower = sorted(float(element.get("y", 0)) for element in labels)
    assert lower - upper >= 16


@pytest.mark.parametrize(("highest", "top"), [(1400, 1500), (90, 100), (1000, 1000), (7, 8)])
def test_the_axis_ends_at_a_round_number(highest: float, top: float) -> None:
    assert ChartScale(growth_points("webhooks", "sqlite", 1, 1, 1, highest)).top == top
