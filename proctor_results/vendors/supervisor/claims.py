"""Translates a launch into Supervisor's claims (guide, table 2.1), and validates it."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from proctor_results.formats.json_value import Json
from proctor_results.formats.times import format_time
from proctor_results.vendors.launch import LaunchRequest

TOKEN_LIFETIME = timedelta(hours=24)
MAX_TOKEN_LIFETIME = timedelta(days=366)
DEFAULT_TEMPLATE = "default"

ALLOWED_CHARACTERS = re.compile(r"[A-Za-z0-9_-]+")
"""The guide says letters and digits, but its samples are UUIDs; the SDK allows `_` and `-`."""


def validation_errors(launch_request: LaunchRequest, now: datetime) -> dict[str, list[str]]:
    """Return, by field of our request, what the vendor does not accept."""
    errors_by_field = {
        name: list(check(getattr(launch_request, name), now)) for name, check in _CHECKS.items()
    }
    return {name: errors for name, errors in errors_by_field.items() if errors}


def student_claims(launch_request: LaunchRequest, now: datetime) -> dict[str, Json]:
    """Return the payload of the learner's token, in the guide's order, without empty fields."""
    claims: dict[str, Any] = {
        "exp": int(token_expires_at(launch_request, now).timestamp()),
        "username": launch_request.student,
        "nickname": launch_request.nickname,
        "group": launch_request.group,
        "labels": launch_request.labels,
        "lang": launch_request.lang,
        "referrer": launch_request.referrer,
        "identifier": launch_request.identifier,
        "template": launch_request.template or DEFAULT_TEMPLATE,
        "subject": launch_request.subject,
        "timeout": launch_request.timeout,
        "deadline": launch_request.deadline and format_time(launch_request.deadline),
        "invites": launch_request.invites,
        "tags": launch_request.tags,
        "url": launch_request.url,
        "api": launch_request.api,
    }
    return {name: value for name, value in claims.items() if value}


def proctor_claims(launch_request: LaunchRequest, now: datetime) -> dict[str, Json]:
    """Return the payload of the token with which the requested proctor opens the protocol."""
    exp = int(token_expires_at(launch_request, now).timestamp())
    return {
        "exp": exp,
        "username": launch_request.proctor,
        "role": "proctor",
        "identifier": launch_request.identifier,
    }


def token_expires_at(launch_request: LaunchRequest, now: datetime) -> datetime:
    """Return the requested expiry, else a day after the deadline, or after now without one.

    The deadline itself would be too early: a learner who starts just before it, and refreshes the
    page in the middle of the exam, resumes with the same token (guide, 3.3).
    """
    return launch_request.expires or (launch_request.deadline or now) + TOKEN_LIFETIME


def _check_characters(value: str | None, _: datetime) -> Iterator[str]:
    if value is not None and not ALLOWED_CHARACTERS.fullmatch(value):
        yield "The vendor takes only A-Z a-z 0-9 _ and - in it, and at least one of them."


def _check_characters_of_each(values: Sequence[str], now: datetime) -> Iterator[str]:
    invalid_positions = [
        position for position, value in enumerate(values, 1) if any(_check_characters(value, now))
    ]
    if invalid_positions:
        yield (
            "The vendor takes only A-Z a-z 0-9 _ and - in each; wrong: number "
            f"{', '.join(map(str, invalid_positions))}."
        )


def _check_future(instant: datetime | None, now: datetime) -> Iterator[str]:
    if instant is not None and instant <= now:
        yield "Lies in the past."
    elif instant is not None and instant > now + MAX_TOKEN_LIFETIME:
        yield f"Lies more than {MAX_TOKEN_LIFETIME.days} days ahead."


def _check_minutes(value: int | None, _: datetime) -> Iterator[str]:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        yield "Must be a whole number of minutes, 1 or more."


def _check_url(value: str | None, _: datetime) -> Iterator[str]:
    if value is not None and not _is_http_url(value):
        yield "Must be an http or https address."


def _is_http_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and value.isprintable()
            and " " not in value
        )
    except ValueError:
        return False


_CHECKS: Mapping[str, Callable[[Any, datetime], Iterator[str]]] = {
    "identifier": _check_characters,
    "student": _check_characters,
    "template": _check_characters,
    "proctor": _check_characters,
    "invites": _check_characters_of_each,
    "deadline": _check_future,
    "expires": _check_future,
    "timeout": _check_minutes,
    "referrer": _check_url,
    "url": _check_url,
    "api": _check_url,
}
