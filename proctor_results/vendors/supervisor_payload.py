"""Says a launch in Supervisor's words (guide, table 2.1), or why that cannot be."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from proctor_results.domain.json_value import Json
from proctor_results.domain.times import text_of
from proctor_results.vendors.launch import LaunchOrder

LASTS = timedelta(hours=24)
FARTHEST = timedelta(days=366)
DEFAULT_TEMPLATE = "default"

WORD = re.compile(r"[A-Za-z0-9_-]+")
"""The guide says letters and digits, its own samples are UUIDs, and the SDK's documentation allows `_` and `-`."""


def faults(order: LaunchOrder, now: datetime) -> dict[str, list[str]]:
    """What the vendor would not take, by our names for the fields."""
    found = {name: list(check(getattr(order, name), now)) for name, check in _CHECKS.items()}
    return {name: said for name, said in found.items() if said}


def students(order: LaunchOrder, now: datetime) -> dict[str, Json]:
    """The payload of the learner's token, in the guide's order, without what is not given."""
    said: dict[str, Any] = {
        "exp": int(expiry(order, now).timestamp()),
        "username": order.student,
        "nickname": order.nickname,
        "group": order.group,
        "labels": order.labels,
        "lang": order.lang,
        "referrer": order.referrer,
        "identifier": order.identifier,
        "template": order.template or DEFAULT_TEMPLATE,
        "subject": order.subject,
        "timeout": order.timeout,
        "deadline": order.deadline and text_of(order.deadline),
        "invites": order.invites,
        "tags": order.tags,
        "url": order.url,
        "api": order.api,
    }
    return {name: value for name, value in said.items() if value}


def proctors(order: LaunchOrder, now: datetime) -> dict[str, Json]:
    """The payload of the token that opens this sitting's protocol for the proctor named in the order."""
    exp = int(expiry(order, now).timestamp())
    return {"exp": exp, "username": order.proctor, "role": "proctor", "identifier": order.identifier}


def expiry(order: LaunchOrder, now: datetime) -> datetime:
    """As ordered; else a day after the last moment at which the sitting may begin, or after now where it has none.

    The deadline itself would be too early: a learner who starts just before it, and refreshes the page in the middle of
    the exam, resumes with the same token (guide, 3.3).
    """
    return order.expires or (order.deadline or now) + LASTS


def _word(value: str | None, _: datetime) -> Iterator[str]:
    if value is not None and not WORD.fullmatch(value):
        yield "The vendor takes only A-Z a-z 0-9 _ and - in it, and at least one of them."


def _words(values: Sequence[str], now: datetime) -> Iterator[str]:
    wrong = [place for place, value in enumerate(values, 1) if any(_word(value, now))]
    if wrong:
        yield f"The vendor takes only A-Z a-z 0-9 _ and - in each; wrong: number {', '.join(map(str, wrong))}."


def _ahead(moment: datetime | None, now: datetime) -> Iterator[str]:
    if moment is not None and moment <= now:
        yield "Lies in the past."
    elif moment is not None and moment > now + FARTHEST:
        yield f"Lies more than {FARTHEST.days} days ahead."


def _minutes(value: int | None, _: datetime) -> Iterator[str]:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        yield "Must be a whole number of minutes, 1 or more."


def _address(value: str | None, _: datetime) -> Iterator[str]:
    if value is not None and not _is_address(value):
        yield "Must be an http or https address."


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and value.isprintable() and " " not in value
    except ValueError:
        return False


_CHECKS: Mapping[str, Callable[[Any, datetime], Iterator[str]]] = {
    "identifier": _word,
    "student": _word,
    "template": _word,
    "proctor": _word,
    "invites": _words,
    "deadline": _ahead,
    "expires": _ahead,
    "timeout": _minutes,
    "referrer": _address,
    "url": _address,
    "api": _address,
}
