"""How moments, spans and numbers are written on the pages."""

from datetime import UTC, datetime, timedelta

from flask import Flask, g
from markupsafe import Markup, escape

from proctor_results.domain.json_value import Json
from proctor_results.domain.times import moment_of, text_of
from proctor_results.web.front_door import front_door

_SPANS = (
    (timedelta(days=730), timedelta(days=365), "y"),
    (timedelta(days=60), timedelta(days=30), "months"),
    (timedelta(days=2), timedelta(days=1), "d"),
    (timedelta(hours=2), timedelta(hours=1), "h"),
    (timedelta(minutes=2), timedelta(minutes=1), "min"),
    (timedelta(), timedelta(seconds=1), "s"),
)


def add_words(app: Flask) -> None:
    """From here on templates can use them."""
    app.add_template_filter(when)
    app.add_template_filter(span)


def when(moment: datetime | Json) -> Markup:
    """`2026-03-02 09:00:00 UTC, 3 min ago` as an element that machines can read, too."""
    if not moment:
        return Markup("–")  # noqa: RUF001  # a dash, not a minus
    at = moment if isinstance(moment, datetime) else moment_of(str(moment))
    shown = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return Markup('<time datetime="{}"><span class="moment">{} UTC</span> <span class="ago">{}</span></time>').format(
        escape(text_of(at)), shown, _from_now(at)
    )


def span(seconds: float) -> str:
    """`41 s`, `3 min`, `5 h`, `4 y`: in the largest unit of which there are two."""
    length = timedelta(seconds=abs(seconds))
    unit, name = next((unit, name) for least, unit, name in _SPANS if length >= least)
    return f"{length // unit} {name}"


def now() -> datetime:
    """One moment for all of a page."""
    if "now" not in g:
        g.now = front_door().now()
    moment: datetime = g.now
    return moment


def _from_now(at: datetime) -> str:
    seconds = (now() - at).total_seconds()
    if abs(seconds) < 1:
        return "just now"
    return f"{span(seconds)} ago" if seconds > 0 else f"in {span(seconds)}"
