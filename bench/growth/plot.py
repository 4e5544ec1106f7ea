"""Draws the points: one chart for each workload, rate against size."""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from math import ceil, log10
from pathlib import Path

from bench.growth.point import GrowthPoint
from bench.results import NAMES

FOLDER = Path(__file__).parent

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 210, 50, 60

COLOURS = {"sqlite": ("#0072b2", "#56b4e9"), "postgresql": ("#d55e00", "#e69f00")}
"""The colours of one process and of several, distinct for the colour-blind (Okabe and Ito)."""

PROCESS_NOUNS = {"deliveries": "worker"}
"""The name of the processes; web processes by default."""

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #555 }
.title { font-size: 16px; font-weight: 600 }
.grid { stroke: #8884; stroke-width: 1 }
.line { fill: none; stroke-width: 2.5; stroke-linejoin: round }
@media (prefers-color-scheme: dark) { text { fill: #bbb } }
"""


def draw_charts(points: Sequence[GrowthPoint], folder: Path = FOLDER) -> list[Path]:
    """Write `<kind>.svg` for each kind of point."""
    kinds = dict.fromkeys(point.kind for point in points)
    paths = [folder / f"{kind}.svg" for kind in kinds]
    for kind, path in zip(kinds, paths, strict=True):
        path.write_text(render_chart(kind, [point for point in points if point.kind == kind]))
    return paths


def render_chart(kind: str, points: Sequence[GrowthPoint]) -> str:
    """Return the complete SVG."""
    frame = ChartScale(points)
    parts = [*_grid(frame), *_lines(frame, kind, points)]
    title = f"{kind.capitalize()} a second, by sessions stored"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'role="img" aria-label="{title}">'
    )
    return "\n".join(
        [
            head,
            f"<style>{STYLE}</style>",
            _text(LEFT, 26, title, "start", "title"),
            *parts,
            "</svg>",
            "",
        ]
    )


class ChartScale:
    """Maps values to places: sizes by logarithm, rates from 0 to a round number above all."""

    def __init__(self, points: Sequence[GrowthPoint]) -> None:
        self.sizes = sorted({point.sessions for point in points})
        self.step = _round_step(max(point.rate for point in points) / 4)
        self.top = self.step * ceil(max(point.rate for point in points) / self.step)

    def x(self, sessions: int) -> float:
        low, high = log10(self.sizes[0]), log10(self.sizes[-1])
        return LEFT + (WIDTH - LEFT - RIGHT) * (log10(sessions) - low) / ((high - low) or 1)

    def y(self, rate: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * rate / self.top


def _round_step(minimum: float) -> float:
    """Return 1, 2 or 5 times a power of ten, at least as large."""
    power = 10 ** (ceil(log10(minimum)) - 1)
    return float(next(power * factor for factor in (1, 2, 5, 10) if power * factor >= minimum))


def _grid(frame: ChartScale) -> Iterator[str]:
    end, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    for number in range(round(frame.top / frame.step) + 1):
        y = frame.y(number * frame.step)
        yield f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{end}" y2="{y:.1f}"/>'
        yield _text(LEFT - 10, y + 4, f"{number * frame.step:,.0f}", "end")
    for size in frame.sizes:
        x = f"{frame.x(size):.1f}"
        yield f'<line class="grid" x1="{x}" y1="{TOP}" x2="{x}" y2="{bottom}"/>'
        yield _text(frame.x(size), bottom + 22, f"{size:,}", "middle")
    yield _text((LEFT + end) / 2, HEIGHT - 12, "sessions stored", "middle")


def _lines(frame: ChartScale, kind: str, points: Sequence[GrowthPoint]) -> Iterator[str]:
    """Yield each line with its name at its end; names that would overlap move apart."""
    labels = []
    for (database, processes), group in groupby(sorted(points, key=_line_key), key=_line_key):
        line = sorted(group, key=lambda point: point.sessions)
        colour = COLOURS[database][processes > 1]
        yield from _line(frame, line, colour)
        labels.append(
            (
                frame.y(line[-1].rate),
                f"{NAMES[database]}, {_process_count_label(processes, kind)}",
                colour,
            )
        )
    for y, name, colour in _spread_labels(sorted(labels)):
        yield _text(WIDTH - RIGHT + 12, y + 4, name, "start", fill=colour)


def _line_key(point: GrowthPoint) -> tuple[str, int]:
    return point.database, point.processes


def _line(frame: ChartScale, line: Sequence[GrowthPoint], colour: str) -> Iterator[str]:
    coordinates = [(frame.x(point.sessions), frame.y(point.rate)) for point in line]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in coordinates)
    yield f'<polyline class="line" stroke="{colour}" points="{points}"/>'
    yield from (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in coordinates
    )


def _process_count_label(processes: int, kind: str) -> str:
    noun = PROCESS_NOUNS.get(kind, "web process")
    plural = "es" if noun.endswith("s") else "s"
    return f"{processes} {noun}{plural if processes > 1 else ''}"


def _spread_labels(labels: Sequence[tuple[float, str, str]]) -> Iterator[tuple[float, str, str]]:
    lowest = 0.0
    for y, name, colour in labels:
        lowest = max(y, lowest + 18)
        yield lowest, name, colour


def _text(x: float, y: float, text: str, anchor: str, name: str = "", fill: str = "") -> str:
    style = "".join([f' class="{name}"' if name else "", f' style="fill: {fill}"' if fill else ""])
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{style}>{escape(text)}</text>'
