"""What a vendor said about a session, translated into our words."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cached_property

from proctor_results.formats.json_value import Json
from proctor_results.formats.times import format_time
from proctor_results.sessions.enums import Status
from proctor_results.sessions.rules.precedence import Precedence


@dataclass(frozen=True, kw_only=True)
class Report:
    """One report. None means that the vendor did not say; `duration` is in minutes, `score` runs from 0 to 100 (best).

    `averages` maps a metric's code to its average percentage, `extra` holds what the vendor sent beyond its guide.
    """

    identifier: str
    status: Status | None = None
    student: str | None = None
    proctor: str | None = None
    score: float | None = None
    duration: float | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    signed_at: datetime | None = None
    comment: str | None = None
    conclusion: str | None = None
    link: str | None = None
    averages: Mapping[str, float] = field(default_factory=dict)
    extra: Mapping[str, Json] = field(default_factory=dict)

    @cached_property
    def facts(self) -> Mapping[str, Json]:
        """Everything said, one name per fact: `score`, `averages.c1`, `extra.anything`. What was not said is absent."""
        return dict(_stated_facts(self))

    @cached_property
    def content_sha256(self) -> str:
        """SHA-256 of what is said; equal for two reports that say the same, however they were written down."""
        return hashlib.sha256(
            _CANONICAL_JSON.encode([self.identifier, self.facts]).encode()
        ).hexdigest()

    @cached_property
    def precedence(self) -> Precedence:
        """How new this report is among those of its session."""
        return Precedence(
            status=self.status or Status.CREATED,
            reached_at=_time_text(self._status_reached_at),
            signed_at=_time_text(self.signed_at),
            duration=self.duration,
        )

    @property
    def _status_reached_at(self) -> datetime | None:
        """When the status was reached. Of a sitting whose end is not told, we know at least that it began before."""
        if self.status is Status.STARTED:
            return self.started_at
        if self.status is Status.STOPPED:
            return self.stopped_at or self.started_at
        return self.stopped_at if self.status is Status.SKIPPED else None


_CANONICAL_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_GROUP_FIELDS = frozenset({"averages", "extra"})
_SCALAR_FIELDS = tuple(
    report_field.name
    for report_field in fields(Report)
    if report_field.name not in _GROUP_FIELDS | {"identifier"}
)


def _time_text(instant: datetime | None) -> str | None:
    return None if instant is None else format_time(instant)


def _stated_facts(report: Report) -> Iterator[tuple[str, Json]]:
    stated = vars(report)
    for name in _SCALAR_FIELDS:
        value = stated[name]
        if value is not None:
            yield name, format_time(value) if isinstance(value, datetime) else value
    for group in ("averages", "extra"):
        for name, value in getattr(report, group).items():
            if value is not None:
                yield f"{group}.{name}", value
