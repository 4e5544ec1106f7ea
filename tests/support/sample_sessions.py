"""Small sessions and reports, dated by minutes after the exam opened."""

from datetime import UTC, datetime, timedelta
from typing import Any

from proctor_results.sessions.enums import Status
from proctor_results.sessions.model import Session
from proctor_results.sessions.report import Report
from proctor_results.sessions.rules.apply_report import merge


def at(minute: int) -> datetime:
    """Return the time that many minutes after the exam opened."""
    return datetime(2026, 3, 2, 9, 0, tzinfo=UTC) + timedelta(minutes=minute)


NOW = at(600)


def report(status: Status | None = None, **fields: Any) -> Report:
    return Report(identifier="s-1", status=status, **fields)


def session(**fields: Any) -> Session:
    """Return a session with these facts; LMS attributes and fields of Session by name."""
    attributes = {
        name: fields.pop(name)
        for name in ("findings", "holds", "outcome", "revision")
        if name in fields
    }
    enrolment: dict[str, Any] = {
        name: fields.pop(name) for name in ("exam", "course", "activity") if name in fields
    }
    return Session(
        identifier="s-1",
        vendor="supervisor",
        updated_at=NOW,
        lms_attributes=enrolment,
        facts=fields,
        **attributes,
    )


def merged(*reports: Report) -> Session:
    """Merge these reports in this order."""
    known = session()
    for each in reports:
        known = merge(known, each)
    return known
