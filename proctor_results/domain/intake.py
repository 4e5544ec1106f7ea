"""Takes a report into account: what is known afterwards, and what that means."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from proctor_results.domain.judge import judge
from proctor_results.domain.merge import merge, worst
from proctor_results.domain.policy import ExamPolicy
from proctor_results.domain.report import Report
from proctor_results.domain.session import Finding, Session


def unheard_of(vendor: str, report: Report, now: datetime) -> Session:
    """The session before its first report."""
    return Session(identifier=report.identifier, vendor=vendor, updated_at=now)


def notice(session: Session, findings: Iterable[Finding], policy: ExamPolicy, now: datetime) -> Session | None:
    """The session's next revision after findings beside a report, or None where none is much worse than what is known.

    That is twice as bad: a learner's browser brings them, and one that made each a little worse than the last would
    have every one of them kept as evidence, and told of.
    """
    known = {finding.rule: finding.severity for finding in session.findings}
    much_worse = [each for each in findings if _is_much_worse(each.severity, known.get(each.rule))]
    noticed = replace(session, findings=worst(session.findings, much_worse))
    return None if noticed == session else judge(noticed, policy, now).following(session, now)


def take(
    session: Session, report: Report, policy: ExamPolicy, now: datetime, *, overtaken: bool = False
) -> Session | None:
    """The session's next revision, or None where the report brings nothing that is not known better already.

    A first report always makes a first revision, however little it says. `overtaken` as `merge` has it.
    """
    merged = merge(session, report, policy.findings(report), overtaken=overtaken)
    if merged == session and session.revision:
        return None
    return judge(merged, policy, now).following(session, now)


def _is_much_worse(severity: float, known: float | None) -> bool:
    return known is None or (severity > known and severity >= 2 * known)
