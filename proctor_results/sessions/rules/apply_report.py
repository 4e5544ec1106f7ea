"""Applies a report, or live findings, to a session: what is known afterwards, and what follows."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from proctor_results.policies.model import ExamPolicy
from proctor_results.sessions.model import Finding, Session
from proctor_results.sessions.report import Report
from proctor_results.sessions.rules.evaluate import evaluate
from proctor_results.sessions.rules.merge import merge, worst_by_rule


def apply_report(
    session: Session, report: Report, policy: ExamPolicy, now: datetime, *, superseded: bool = False
) -> Session | None:
    """Return the session's next revision, or None where the report brings nothing new.

    The first report always makes a revision, however little it says. `superseded` is as in `merge`.
    """
    merged = merge(session, report, policy.findings(report), superseded=superseded)
    if session.revision and merged == session:
        return None
    return evaluate(merged, policy, now).next_revision(session, now)


def apply_live_findings(
    session: Session, findings: Iterable[Finding], policy: ExamPolicy, now: datetime
) -> Session | None:
    """Return the session's next revision, or None where no finding is much worse than the known one.

    Much worse is twice as bad. The learner's browser sends them: if each could be a little worse
    than the last, each would be stored as evidence and sent to the LMS.
    """
    known_severities = {finding.rule: finding.severity for finding in session.findings}
    much_worse = [
        finding
        for finding in findings
        if _is_much_worse(finding.severity, known_severities.get(finding.rule))
    ]
    updated = replace(session, findings=worst_by_rule(session.findings, much_worse))
    if updated == session:
        return None
    return evaluate(updated, policy, now).next_revision(session, now)


def _is_much_worse(severity: float, known_severity: float | None) -> bool:
    return known_severity is None or (severity > known_severity and severity >= 2 * known_severity)
