"""A report of a vendor about a session, translated into our words."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from proctor_results.formats.json_value import Json
from proctor_results.formats.times import format_time
from proctor_results.sessions.enums import VERDICTS, Status

STATUS_RANKS = {
    Status.CREATED: 0,
    Status.STARTED: 1,
    Status.SKIPPED: 2,
    Status.STOPPED: 2,
    Status.ACCEPTED: 3,
    Status.REJECTED: 3,
}

_ORDER_SESSION, _ORDER_STOPPED_UNDATED, _ORDER_VERDICT = range(3)


class Precedence(NamedTuple):
    """The parts of a report that say how new it is.

    `reached_at` is when its status was reached, as far as the vendor says; times are as text.
    """

    status: Status
    reached_at: str | None = None
    signed_at: str | None = None
    duration: float | None = None

    def supersedes(self, other: "Precedence") -> bool:
        """Whether a report of this precedence, arriving after one of the other, overrules it.

        The order is total, so no three reports overrule each other in a circle. Of two that are
        equal the later arrival wins, and that is this one.
        """
        return self._sort_key >= other._sort_key

    @property
    def _sort_key(self) -> tuple[int, str, int, str, float]:
        """Order by time, status rank, signature and duration; verdicts last, by their signature.

        What is missing sorts first, except that no start resumes a stop without a time.
        """
        if self.status in VERDICTS:
            return _ORDER_VERDICT, self.signed_at or "", 0, "", 0
        is_undated_stop = self.status is Status.STOPPED and self.reached_at is None
        return (
            _ORDER_STOPPED_UNDATED if is_undated_stop else _ORDER_SESSION,
            self.reached_at or "",
            STATUS_RANKS[self.status],
            self.signed_at or "",
            -1 if self.duration is None else self.duration,
        )


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
        """How new this report is. An end without a time came at least after the start."""
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
