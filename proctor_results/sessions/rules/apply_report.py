"""Takes a report into account: what is known afterwards, and what that means."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from proctor_results.policies.model import ExamPolicy
from proctor_results.sessions.model import Finding, Session
from proctor_results.sessions.report import Report
from proctor_results.sessions.rules.evaluate import evaluate
from proctor_results.sessions.rules.merge import merge, worst_by_rule


def new_session(vendor: str, report: Report, now: datetime) -> Session:
    """The session before its first report."""
    return Session(identifier=report.identifier, vendor=vendor, updated_at=now)


def apply_live_findings(
    session: Session, findings: Iterable[Finding], policy: ExamPolicy, now: datetime
) -> Session | None:
    """The session's next revision after findings beside a report, or None where none is much worse than what is known.

    That is twice as bad: a learner's browser brings them, and one that made each a little worse than the last would
    have every one of them kept as evidence, and told of.
    """
    known_severities = {finding.rule: finding.severity for finding in session.findings}
    much_worse = [
        finding
        for finding in findings
        if _is_much_worse(finding.severity, known_severities.get(finding.rule))
    ]
    updated = replace(session, findings=worst_by_rule(session.findings, much_worse))
    return (
        None if updated == session else evaluate(updated, policy, now).next_revision(session, now)
    )


def apply_report(
    session: Session, report: Report, policy: ExamPolicy, now: datetime, *, superseded: bool = False
) -> Session | None:
    """The session's next revision, or None where the report brings nothing that is not known better already.

    A first report always makes a first revision, however little it says. `overtaken` as `merge` has it.
    """
    merged = merge(session, report, policy.findings(report), superseded=superseded)
    if merged == session and session.revision:
        return None
    return evaluate(merged, policy, now).next_revision(session, now)


def _is_much_worse(severity: float, known_severity: float | None) -> bool:
    return known_severity is None or (severity > known_severity and severity >= 2 * known_severity)
