"""Adds a report to what is known of its session; any order and any repetition of the same reports ends the same."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from proctor_results.domain.json_value import Json
from proctor_results.domain.report import Report
from proctor_results.domain.session import Finding, Session
from proctor_results.domain.standing import Standing


def merge(session: Session, report: Report, findings: Iterable[Finding] = (), *, overtaken: bool = False) -> Session:
    """The session as the report leaves it: each fact keeps the value that the newest report gave it.

    Every fact remembers the standing of its report, so a late report fills what is empty and overrules nothing newer.
    A report that brings nothing leaves an equal session.
    `findings` are those of this report; they add up, because a hold outlives the report that caused it. A report that
    is `overtaken` came before one that is known already, so it no longer wins as the later of two with equal standing.
    """
    said = report.facts if not session.standings else _news(session, report, _is_newer if overtaken else _is_news)
    return replace(
        session,
        facts={**session.facts, **said},
        standings={**session.standings, **dict.fromkeys(said, report.standing)},
        findings=worst(session.findings, findings),
    )


def _news(session: Session, report: Report, is_news: Callable[[Standing, Standing], bool]) -> dict[str, Json]:
    known, standing = session.standings, report.standing
    return {name: value for name, value in report.facts.items() if name not in known or is_news(standing, known[name])}


def _is_news(standing: Standing, known: Standing) -> bool:
    return standing.supersedes(known)


def _is_newer(standing: Standing, known: Standing) -> bool:
    return not known.supersedes(standing)


def worst(known: Iterable[Finding], found: Iterable[Finding]) -> tuple[Finding, ...]:
    """One finding per rule, the worst, in the order of their names."""
    worst: dict[str, Finding] = {}
    for finding in (*known, *found):
        if finding.rule not in worst or finding.severity > worst[finding.rule].severity:
            worst[finding.rule] = finding
    return tuple(sorted(worst.values(), key=lambda finding: finding.rule))
