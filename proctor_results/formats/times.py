"""Moments as text: ISO 8601, UTC, milliseconds, so that equal moments are equal texts and order is text order."""

from datetime import UTC, datetime


def format_time(instant: datetime) -> str:
    """`2022-02-18T22:55:36.523Z` for an aware datetime; microseconds are cut, never rounded up into the future."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text: str) -> datetime:
    """The aware moment that `text_of` wrote."""
    return datetime.fromisoformat(text)
