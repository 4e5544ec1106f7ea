"""Builds webhook bodies as a Supervisor server does (vendors.md, chapter 1.2)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

ReportFields = Mapping[str, Any]
Encoder = Callable[[ReportFields], bytes]

METRICS = ("b1", "b2", "b3", "c1", "c2", "c3", "c4", "c5", "k1", "m1", "m2", "n1", "n2", "s1", "s2")


def captured_body() -> bytes:
    """Return the guide's captured sample: 520 bytes, no newline at the end."""
    return files(__package__).joinpath("supervisor_stopped.json").read_bytes()


def to_compact_json(fields: ReportFields) -> bytes:
    """Encode as JavaScript's JSON.stringify, and so axios, does."""
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()


def to_reordered_json(fields: ReportFields) -> bytes:
    """Encode the same content in other bytes: keys reversed, spaces, every character escaped."""
    return json.dumps(dict(reversed(list(fields.items()))), indent=1).encode()


def to_json_with_quoted_numbers(fields: ReportFields) -> bytes:
    """Quote every number, as some servers or proxies do (vendors.md, chapter 1.3, T3)."""
    return to_compact_json({name: _quote_numbers(value) for name, value in fields.items()})


def to_older_server_json(fields: ReportFields) -> bytes:
    """Encode as an older server does: `id`, and few fields (vendors.md, chapter 1.3, T1)."""
    names = ("status", "duration", "startedAt", "stoppedAt", "score")
    return to_compact_json({"id": fields["identifier"], **{name: fields[name] for name in names}})


def to_captured_sample_json(fields: ReportFields) -> bytes:
    """Encode the captured sample under another identifier."""
    return to_compact_json(
        {**json.loads(captured_body()), "identifier": fields["identifier"], "link": fields["link"]}
    )


@dataclass(frozen=True, kw_only=True)
class ReportTemplate:
    """One report of an exam day. Times are in minutes before now; None is sent as null.

    `averages` names the metrics that are not 0. Without an end there is no evaluation yet.
    """

    status: str
    started_minutes_ago: int | None = None
    stopped_minutes_ago: int | None = None
    signed_minutes_ago: int | None = None
    proctor: str | None = None
    comment: str | None = None
    averages: Mapping[str, int] = field(default_factory=dict)
    encode: Encoder = to_compact_json


def build_body(template: ReportTemplate, identifier: str, student: str, now: datetime) -> bytes:
    """Return the bytes to post, with the fields in the order of the captured sample."""
    averages = (
        None
        if template.stopped_minutes_ago is None
        else {**dict.fromkeys(METRICS, 0), **template.averages}
    )
    return template.encode(
        {
            "identifier": identifier,
            "link": f"https://proctoring.example/api/report/{identifier}",
            "status": template.status,
            "duration": _duration_minutes(template),
            "startedAt": _format_time(template.started_minutes_ago, now),
            "stoppedAt": _format_time(template.stopped_minutes_ago, now),
            "score": None if averages is None else max(0, 100 - sum(averages.values())),
            "student": student,
            "proctor": template.proctor,
            "comment": template.comment,
            "signedAt": _format_time(template.signed_minutes_ago, now),
            "conclusion": None,
            "averages": averages,
        }
    )


def _duration_minutes(template: ReportTemplate) -> int | None:
    return (
        None
        if template.started_minutes_ago is None or template.stopped_minutes_ago is None
        else template.started_minutes_ago - template.stopped_minutes_ago
    )


def _format_time(minutes_ago: int | None, now: datetime) -> str | None:
    """Format as ISO 8601 in UTC with milliseconds."""
    if minutes_ago is None:
        return None
    time = now - timedelta(minutes=minutes_ago)
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}Z"


def _quote_numbers(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _quote_numbers(nested) for name, nested in value.items()}
    return str(value) if isinstance(value, int) else value
