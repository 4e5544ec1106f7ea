"""Computes every session from the sent reports in another order, and compares it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cmp_to_key

from bench.reconciliation.check import Check, FaultKind
from bench.reconciliation.data import ReconciliationData, SessionLog
from bench.reconciliation.lost import STORED_STATUSES
from proctor_results.policies.model import ExamPolicy
from proctor_results.sessions.enums import HoldKind, Status
from proctor_results.sessions.model import Session
from proctor_results.sessions.report import Report
from proctor_results.sessions.rules.apply_report import apply_report
from proctor_results.sessions.rules.evaluate import DERIVED_HOLDS, evaluate

_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)


def _differences(sides: ReconciliationData) -> Iterator[str]:
    reports = _reports_by_session(sides)
    for session in sides.stored.sessions.values():
        session_log = sides.sent.session_logs.get(session.identifier)
        policy = sides.policy.for_session(session)
        expected = _comparable_fields(
            _recompute(session, reports.get(session.identifier, ()), session_log, policy),
            session_log,
        )
        actual = _comparable_fields(session, session_log)
        yield from (
            f"{session.identifier}: {name} is {actual.get(name)} where the reports make it "
            f"{expected.get(name)}"
            for name in expected.keys() | actual.keys()
            if expected.get(name) != actual.get(name)
        )


def _reports_by_session(sides: ReconciliationData) -> Mapping[str, Sequence[Report]]:
    """Return the reports of each session, newest first; unordered ones in order of arrival.

    Of equal reports the first one counts, as in the service.
    """
    answered_bodies = (post.body for post in sides.sent.posts if post.status in STORED_STATUSES)
    reports: dict[str, dict[str, Report]] = defaultdict(dict)
    for body in (*(receipt.body for receipt in sides.stored.receipts), *answered_bodies):
        report = sides.report(body)
        if report:
            reports[report.identifier].setdefault(report.content_sha256, report)
    return {
        identifier: sorted(session_reports.values(), key=_NEWEST_FIRST)
        for identifier, session_reports in reports.items()
    }


def _compare(first: Report, second: Report) -> int:
    """Return a negative number where `first` is newer, 0 where nothing orders them."""
    return second.precedence.supersedes(first.precedence) - first.precedence.supersedes(
        second.precedence
    )


_NEWEST_FIRST = cmp_to_key(_compare)


def _recompute(
    stored: Session, reports: Sequence[Report], session_log: SessionLog | None, policy: ExamPolicy
) -> Session:
    """Recompute a session; operators' releases are taken from the stored one."""
    session = Session(identifier=stored.identifier, vendor=stored.vendor, updated_at=_ANY_TIME)
    for report in (*_first_heartbeat_report(session_log), *reports):
        session = apply_report(session, report, policy, _ANY_TIME) or session
    return evaluate(
        replace(session, holds=(), released_triggers=stored.released_triggers), policy, _ANY_TIME
    )


def _first_heartbeat_report(session_log: SessionLog | None) -> Iterator[Report]:
    """Return the report that the first heartbeat stands for."""
    if session_log and session_log.first_heartbeat_at:
        yield Report(
            identifier=session_log.identifier,
            status=Status.STARTED,
            started_at=session_log.first_heartbeat_at,
        )


def _comparable_fields(session: Session, session_log: SessionLog | None) -> dict[str, object]:
    """Return the fields that must be equal.

    Only the service knows when a heartbeat began a sitting, so `started_at` is left out.
    """
    unknown = {"started_at"} if session_log else set()
    return {
        **{name: value for name, value in session.facts.items() if name not in unknown},
        "outcome": session.outcome,
        "holds": sorted(hold.kind for hold in session.holds if hold.kind in DERIVED_HOLDS),
    }


def _wrong_holds(sides: ReconciliationData) -> Iterator[str]:
    """Yield differences in the holds that no report opens: manual ones and disconnects."""
    for session in sides.stored.sessions.values():
        session_log = sides.sent.session_logs.get(session.identifier)
        expected = {HoldKind.MANUAL} if session.identifier in sides.sent.manually_held else set()
        expected |= (
            {HoldKind.DISCONNECTED} if session_log and session_log.is_disconnected else set()
        )
        actual = {hold.kind for hold in session.holds} - DERIVED_HOLDS
        if actual != expected:
            yield (
                f"{session.identifier}: is held as {_format_kinds(actual)} where it should be "
                f"{_format_kinds(expected)}"
            )


def _format_kinds(kinds: set[HoldKind]) -> str:
    return ", ".join(sorted(kinds)) or "nothing"


CHECKS = (
    Check(
        name="reports recomputed newest first give the stored session",
        kind=FaultKind.LOST,
        item_count=lambda sides: len(sides.stored.sessions),
        faults=_differences,
    ),
    Check(
        name="exactly the sessions whose heartbeats stopped are locked",
        kind=FaultKind.LOST,
        item_count=lambda sides: len(sides.stored.sessions),
        faults=_wrong_holds,
    ),
)
