"""Template filters that write times and durations."""

from datetime import UTC, datetime, timedelta

from flask import g
from markupsafe import Markup

from proctor_results.api.context import api_context
from proctor_results.formats.json_value import Json
from proctor_results.formats.times import format_time, parse_time

_DURATION_UNITS = (
    (timedelta(days=730), timedelta(days=365), "y"),
    (timedelta(days=60), timedelta(days=30), "months"),
    (timedelta(days=2), timedelta(days=1), "d"),
    (timedelta(hours=2), timedelta(hours=1), "h"),
    (timedelta(minutes=2), timedelta(minutes=1), "min"),
    (timedelta(), timedelta(seconds=1), "s"),
)
"""From which duration on a unit is used, the unit, and its name."""


def timestamp(instant: datetime | Json) -> Markup:
    """Write `2026-03-02 09:00:00 UTC (3 min ago)` as a `<time>` element."""
    if not instant:
        return Markup("–")  # noqa: RUF001  # a dash, not a minus
    at = instant if isinstance(instant, datetime) else parse_time(str(instant))
    formatted = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return Markup(
        '<time datetime="{}"><span class="timestamp">{} UTC</span> '
        '<span class="relative-time">({})</span></time>'
    ).format(format_time(at), formatted, _relative_time(at))


def format_duration(seconds: float) -> str:
    """Write `41 s`, `3 min`, `5 h` or `4 y`: in the largest unit of which there are two."""
    duration = timedelta(seconds=abs(seconds))
    unit, name = next(
        (unit, name) for minimum, unit, name in _DURATION_UNITS if duration >= minimum
    )
    return f"{duration // unit} {name}"


def now() -> datetime:
    """Return the time of this request, the same wherever a page uses it."""
    if "now" not in g:
        g.now = api_context().now()
    instant: datetime = g.now
    return instant


def _relative_time(at: datetime) -> str:
    seconds = (now() - at).total_seconds()
    if abs(seconds) < 1:
        return "just now"
    return f"{format_duration(seconds)} ago" if seconds > 0 else f"in {format_duration(seconds)}"
