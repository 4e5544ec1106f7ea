"""What a vendor said about a session, translated into our words."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cached_property

from proctor_results.domain.json_value import Json
from proctor_results.domain.standing import Standing
from proctor_results.domain.times import text_of
from proctor_results.domain.words import Status


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
        return dict(_facts(self))

    @cached_property
    def content(self) -> str:
        """SHA-256 of what is said; equal for two reports that say the same, however they were written down."""
        return hashlib.sha256(_CANONICAL.encode([self.identifier, self.facts]).encode()).hexdigest()

    @cached_property
    def standing(self) -> Standing:
        """How new this report is among those of its session."""
        return Standing(
            status=self.status or Status.CREATED,
            moment=_text(self._reached_at),
            signed_at=_text(self.signed_at),
            duration=self.duration,
        )

    @property
    def _reached_at(self) -> datetime | None:
        """When the status was reached. Of a sitting whose end is not told, we know at least that it began before."""
        if self.status is Status.STARTED:
            return self.started_at
        if self.status is Status.STOPPED:
            return self.stopped_at or self.started_at
        return self.stopped_at if self.status is Status.SKIPPED else None


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_GROUPS = frozenset({"averages", "extra"})
_PLAIN = tuple(each.name for each in fields(Report) if each.name not in _GROUPS | {"identifier"})


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else text_of(moment)


def _facts(report: Report) -> Iterator[tuple[str, Json]]:
    said = vars(report)
    for name in _PLAIN:
        value = said[name]
        if value is not None:
            yield name, text_of(value) if isinstance(value, datetime) else value
    for group in ("averages", "extra"):
        for name, value in getattr(report, group).items():
            if value is not None:
                yield f"{group}.{name}", value
