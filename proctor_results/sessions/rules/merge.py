"""Adds a report to what is known of its session.

Any order and any repetition of the same reports ends with the same session.
"""

from collections.abc import Iterable
from dataclasses import replace

from proctor_results.sessions.model import Finding, Session
from proctor_results.sessions.report import Report


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
