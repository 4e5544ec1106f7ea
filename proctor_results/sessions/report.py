"""What a vendor reported about a session, translated into our words."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cached_property

from proctor_results.formats.json_value import Json
from proctor_results.formats.times import format_time
from proctor_results.sessions.enums import Status
from proctor_results.sessions.rules.precedence import Precedence


@dataclass(frozen=True, kw_only=True)
class Report:
    """One report. None means that the vendor did not send it.

    `duration` is in minutes, `score` runs from 0 to 100 (best). `averages` maps a metric's code to
    its average percentage, `extra` holds fields that the vendor's guide does not name.
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
        """All that was sent, one name per fact: `score`, `averages.c1`, `extra.anything`."""
        stated = vars(self)
        facts: dict[str, Json] = {name: stated[name] for name in _SCALAR_FIELDS}
        facts.update({f"averages.{name}": value for name, value in self.averages.items()})
        facts.update({f"extra.{name}": value for name, value in self.extra.items()})
        return {
            name: format_time(value) if isinstance(value, datetime) else value
            for name, value in facts.items()
            if value is not None
        }

    @cached_property
    def content_sha256(self) -> str:
        """SHA-256 of the content; equal for two reports that say the same in another notation."""
        content = _CANONICAL_JSON.encode([self.identifier, self.facts])
        return hashlib.sha256(content.encode()).hexdigest()

    @cached_property
    def precedence(self) -> Precedence:
        """How new this report is among those of its session.

        A report on a sitting without the time of its end shows at least that it began before.
        """
        reached_at = {
            Status.STARTED: self.started_at,
            Status.STOPPED: self.stopped_at or self.started_at,
            Status.SKIPPED: self.stopped_at,
        }
        status = self.status or Status.CREATED
        reached, signed = (
            None if time is None else format_time(time)
            for time in (reached_at.get(status), self.signed_at)
        )
        return Precedence(status, reached, signed, self.duration)


_CANONICAL_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_SCALAR_FIELDS = tuple(
    report_field.name
    for report_field in fields(Report)
    if report_field.name not in {"identifier", "averages", "extra"}
)
