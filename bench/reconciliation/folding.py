"""Computes every session anew from what was sent, in another order, and compares it with what is stored."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cmp_to_key

from bench.reconciliation.check import Check, Kind
from bench.reconciliation.lost import KEPT
from bench.reconciliation.sides import Sides, Sitting
from proctor_results.domain.intake import take
from proctor_results.domain.judge import JUDGED, judge
from proctor_results.domain.policy import ExamPolicy
from proctor_results.domain.report import Report
from proctor_results.domain.session import Session
from proctor_results.domain.words import HoldKind, Status

_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)


def _recomputed(sides: Sides) -> Iterator[str]:
    reports = _reports(sides)
    for session in sides.stored.sessions.values():
        sitting = sides.sent.sittings.get(session.identifier)
        policy = sides.policy.of(session)
        wanted = _seen(_folded(session, reports.get(session.identifier, ()), sitting, policy), sitting)
        found = _seen(session, sitting)
        yield from (
            f"{session.identifier}: {name} is {found.get(name)} where the reports make it {wanted.get(name)}"
            for name in wanted.keys() | found.keys()
            if wanted.get(name) != found.get(name)
        )


def _reports(sides: Sides) -> Mapping[str, Sequence[Report]]:
    """What is stored or was answered, of each session; the newest first, the later of two that nothing can order last.

    Of reports that say the same the first is taken, as the service does.
    """
    answered = (post.body for post in sides.sent.posts if post.status in KEPT)
    found: dict[str, dict[str, Report]] = defaultdict(dict)
    for body in (*(receipt.body for receipt in sides.stored.receipts), *answered):
        report = sides.report(body)
        if report:
            found[report.identifier].setdefault(report.content, report)
    return {identifier: sorted(some.values(), key=_NEWEST_FIRST) for identifier, some in found.items()}


def _compare(one: Report, other: Report) -> int:
    """Negative where `one` is newer, 0 where nothing can order them."""
    return other.standing.supersedes(one.standing) - one.standing.supersedes(other.standing)


_NEWEST_FIRST = cmp_to_key(_compare)


def _folded(stored: Session, reports: Sequence[Report], sitting: Sitting | None, policy: ExamPolicy) -> Session:
    """`releases` are people's doing, and so are taken over: they close what the reports call for."""
    session = Session(identifier=stored.identifier, vendor=stored.vendor, updated_at=_ANY_TIME)
    for report in (*_beginning(sitting), *reports):
        session = take(session, report, policy, _ANY_TIME) or session
    return judge(replace(session, holds=(), releases=stored.releases), policy, _ANY_TIME)


def _beginning(sitting: Sitting | None) -> Iterator[Report]:
    """What the first heartbeat proves."""
    if sitting and sitting.began_at:
        yield Report(identifier=sitting.identifier, status=Status.STARTED, started_at=sitting.began_at)


def _seen(session: Session, sitting: Sitting | None) -> dict[str, object]:
    """What must be equal. When a heartbeat began a sitting is known to the service alone, so `started_at` is not."""
    unknown = {"started_at"} if sitting else set()
    return {
        **{name: value for name, value in session.facts.items() if name not in unknown},
        "outcome": session.outcome,
        "holds": sorted(hold.kind for hold in session.holds if hold.kind in JUDGED),
    }


def _held(sides: Sides) -> Iterator[str]:
    """The holds that no report opens: by hand, and for silence."""
    for session in sides.stored.sessions.values():
        sitting = sides.sent.sittings.get(session.identifier)
        wanted = {HoldKind.MANUAL} if session.identifier in sides.sent.held else set()
        wanted |= {HoldKind.DISCONNECTED} if sitting and sitting.silent else set()
        found = {hold.kind for hold in session.holds} - JUDGED
        if found != wanted:
            yield f"{session.identifier}: is held as {_listed(found)} where it should be {_listed(wanted)}"


def _listed(kinds: set[HoldKind]) -> str:
    return ", ".join(sorted(kinds)) or "nothing"


CHECKS = (
    Check(
        name="the reports, the newest first, make the same",
        kind=Kind.LOST,
        size=lambda sides: len(sides.stored.sessions),
        faults=_recomputed,
    ),
    Check(
        name="who fell silent is locked in the end, and nobody else",
        kind=Kind.LOST,
        size=lambda sides: len(sides.stored.sessions),
        faults=_held,
    ),
)
