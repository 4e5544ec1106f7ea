"""Adds a report to what is known of its session; any order and any repetition of the same reports ends the same."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from proctor_results.formats.json_value import Json
from proctor_results.sessions.model import Finding, Session
from proctor_results.sessions.report import Report
from proctor_results.sessions.rules.precedence import Precedence


def merge(
    session: Session, report: Report, findings: Iterable[Finding] = (), *, superseded: bool = False
) -> Session:
    """The session as the report leaves it: each fact keeps the value that the newest report gave it.

    Every fact remembers the standing of its report, so a late report fills what is empty and overrules nothing newer.
    A report that brings nothing leaves an equal session.
    `findings` are those of this report; they add up, because a hold outlives the report that caused it. A report that
    is `overtaken` came before one that is known already, so it no longer wins as the later of two with equal standing.
    """
    new_facts = (
        report.facts
        if not session.precedences
        else _newer_fields(
            session, report, _supersedes_strictly if superseded else _supersedes_or_ties
        )
    )
    return replace(
        session,
        facts={**session.facts, **new_facts},
        precedences={**session.precedences, **dict.fromkeys(new_facts, report.precedence)},
        findings=worst_by_rule(session.findings, findings),
    )


def _newer_fields(
    session: Session, report: Report, supersedes: Callable[[Precedence, Precedence], bool]
) -> dict[str, Json]:
    known_precedences, precedence = session.precedences, report.precedence
    return {
        name: value
        for name, value in report.facts.items()
        if name not in known_precedences or supersedes(precedence, known_precedences[name])
    }


def _supersedes_or_ties(precedence: Precedence, other: Precedence) -> bool:
    return precedence.supersedes(other)


def _supersedes_strictly(precedence: Precedence, other: Precedence) -> bool:
    return not other.supersedes(precedence)


def worst_by_rule(
    known_findings: Iterable[Finding], new_findings: Iterable[Finding]
) -> tuple[Finding, ...]:
    """One finding per rule, the worst, in the order of their names."""
    worst_findings: dict[str, Finding] = {}
    for finding in (*known_findings, *new_findings):
        if (
            finding.rule not in worst_findings
            or finding.severity > worst_findings[finding.rule].severity
        ):
            worst_findings[finding.rule] = finding
    return tuple(sorted(worst_findings.values(), key=lambda finding: finding.rule))
