"""Writes the body of a webhook as a Supervisor server does (vendors.md, chapter 1.2)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

Fields = Mapping[str, Any]
Spelling = Callable[[Fields], bytes]

METRICS = ("b1", "b2", "b3", "c1", "c2", "c3", "c4", "c5", "k1", "m1", "m2", "n1", "n2", "s1", "s2")


def captured() -> bytes:
    """The guide's own captured sample, byte for byte: 520 bytes, no newline at the end."""
    return files(__package__).joinpath("supervisor_stopped.json").read_bytes()


def compact(fields: Fields) -> bytes:
    """As JavaScript's JSON.stringify, and so axios, writes it."""
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()


def reordered(fields: Fields) -> bytes:
    """The same content in other bytes: keys the other way round, spaces, every character escaped."""
    return json.dumps(dict(reversed(list(fields.items()))), indent=1).encode()


def numbers_as_text(fields: Fields) -> bytes:
    """A server, or something on the way, that quotes every number (vendors.md, chapter 1.3, T3)."""
    return compact({name: _quoted(value) for name, value in fields.items()})


def older(fields: Fields) -> bytes:
    """An older server: `id` for `identifier`, and few fields (vendors.md, chapter 1.3, T1)."""
    kept = ("status", "duration", "startedAt", "stoppedAt", "score")
    return compact({"id": fields["identifier"], **{name: fields[name] for name in kept}})


def as_captured(fields: Fields) -> bytes:
    """The captured sample under another identifier."""
    return compact({**json.loads(captured()), "identifier": fields["identifier"], "link": fields["link"]})


@dataclass(frozen=True, kw_only=True)
class Step:
    """One report of an exam day. Times are in minutes before now; None is sent as null, as the vendor does.

    `averages` names the metrics that are not 0; without an end there is no evaluation yet.
    """

    status: str
    started: int | None = None
    stopped: int | None = None
    signed: int | None = None
    proctor: str | None = None
    comment: str | None = None
    averages: Mapping[str, int] = field(default_factory=dict)
    spelt: Spelling = compact


def body_of(step: Step, identifier: str, student: str, now: datetime) -> bytes:
    """The bytes to post, with the fields in the order of the captured sample."""
    averages = None if step.stopped is None else {**dict.fromkeys(METRICS, 0), **step.averages}
    return step.spelt(
        {
            "identifier": identifier,
            "link": f"https://proctoring.example/api/report/{identifier}",
            "status": step.status,
            "duration": _minutes(step),
            "startedAt": _moment(step.started, now),
            "stoppedAt": _moment(step.stopped, now),
            "score": None if averages is None else max(0, 100 - sum(averages.values())),
            "student": student,
            "proctor": step.proctor,
            "comment": step.comment,
            "signedAt": _moment(step.signed, now),
            "conclusion": None,
            "averages": averages,
        }
    )


def _minutes(step: Step) -> int | None:
    return None if step.started is None or step.stopped is None else step.started - step.stopped


def _moment(minutes_ago: int | None, now: datetime) -> str | None:
    """ISO 8601, UTC, milliseconds."""
    if minutes_ago is None:
        return None
    moment = now - timedelta(minutes=minutes_ago)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _quoted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _quoted(below) for name, below in value.items()}
    return str(value) if isinstance(value, int) else value
