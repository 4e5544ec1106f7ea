"""One measured point, and the file that stores the points."""

import csv
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

FIGURES_FILE = Path(__file__).with_name("figures.csv")


@dataclass(frozen=True, kw_only=True)
class GrowthPoint:
    """The rate per second of a `kind`, by stored sessions and by web processes or workers."""

    kind: str
    database: str
    processes: int
    sessions: int
    rate: float


def write_points(points: Iterable[GrowthPoint], path: Path = FIGURES_FILE) -> None:
    with path.open("w", newline="") as file:
        table = csv.DictWriter(
            file, [field.name for field in fields(GrowthPoint)], lineterminator="\n"
        )
        table.writeheader()
        table.writerows({**asdict(point), "rate": round(point.rate, 1)} for point in points)


def read_points(path: Path = FIGURES_FILE) -> list[GrowthPoint]:
    with path.open(newline="") as file:
        return [_parse_point(row) for row in csv.DictReader(file)]


def _parse_point(row: dict[str, str]) -> GrowthPoint:
    return GrowthPoint(
        kind=row["kind"],
        database=row["database"],
        processes=int(row["processes"]),
        sessions=int(row["sessions"]),
        rate=float(row["rate"]),
    )
