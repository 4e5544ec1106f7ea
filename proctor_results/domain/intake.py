"""Takes a report into account: what is known afterwards, and what that means."""

from dataclasses import replace
from datetime import datetime

from proctor_results.domain.judge import judge
from proctor_results.domain.merge import merge
from proctor_results.domain.policy import ExamPolicy
from proctor_results.domain.report import Report
from proctor_results.domain.session import Session


def unheard_of(vendor: str, report: Report, now: datetime) -> Session:
    """The session before its first report."""
    return Session(identifier=report.identifier, vendor=vendor, updated_at=now)


def take(session: Session, report: Report, policy: ExamPolicy, now: datetime) -> Session | None:
    """The session's next revision, or None where the report brings nothing that is not known better already.

    A first report always makes a first revision, however little it says.
    """
    merged = merge(session, report, policy.findings(report))
    if merged == session and session.revision:
        return None
    return replace(judge(merged, policy, now), revision=session.revision + 1, updated_at=now)
