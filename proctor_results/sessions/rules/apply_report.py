"""Applies a report, or live findings, to a session: what is known afterwards, and what follows."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from proctor_results.policies.model import ExamPolicy
from proctor_results.sessions.model import Finding, Session
from proctor_results.sessions.report import Report
from proctor_results.sessions.rules.evaluate import evaluate


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
    """Return the session's next revision, or None where no finding is much worse than before.

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


def merge(
    session: Session, report: Report, findings: Iterable[Finding] = (), *, superseded: bool = False
) -> Session:
    """Return the session in which each fact has the value that the newest report gave it.

    Every fact keeps the precedence of its report, so a late report fills what is empty and
    overrules nothing newer. `findings` are those of this report; they add up, because a hold
    outlives the report that opened it. A `superseded` report arrived before one that is known
    already: of two with equal precedence it is not the later one. A report that brings nothing
    leaves an equal session.
    """
    known, precedence = session.precedences, report.precedence
    wins_over = {
        other: not other.supersedes(precedence) if superseded else precedence.supersedes(other)
        for other in set(known.values())
    }
    new_facts = {
        name: value
        for name, value in report.facts.items()
        if name not in known or wins_over[known[name]]
    }
    return replace(
        session,
        facts={**session.facts, **new_facts},
        precedences={**known, **dict.fromkeys(new_facts, precedence)},
        findings=worst_by_rule(session.findings, findings),
    )


def worst_by_rule(
    known_findings: Iterable[Finding], new_findings: Iterable[Finding]
) -> tuple[Finding, ...]:
    """Return the worst finding of each rule, in the order of the rules' names."""
    worst: dict[str, Finding] = {}
    for finding in (*known_findings, *new_findings):
        if finding.rule not in worst or finding.severity > worst[finding.rule].severity:
            worst[finding.rule] = finding
    return tuple(finding for _, finding in sorted(worst.items()))


def _is_much_worse(severity: float, known_severity: float | None) -> bool:
    return known_severity is None or (severity > known_severity and severity >= 2 * known_severity)
