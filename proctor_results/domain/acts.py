"""What people and tools do to a session beside reporting: launch it, hold it, release it, overrule its outcome."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from proctor_results.domain.json_value import Json
from proctor_results.domain.judge import JUDGED, calls, judge
from proctor_results.domain.merge import merge
from proctor_results.domain.policy import ExamPolicy, Policy
from proctor_results.domain.report import Report
from proctor_results.domain.session import Hold, Override, Reason, Session
from proctor_results.domain.steps import Step, found
from proctor_results.domain.words import HoldKind, Status


def launched(
    session: Session, enrolment: Mapping[str, Json], policy: Policy, now: datetime, history: Iterable[Step] = ()
) -> Session:
    """The session with one launch more. What the LMS says now replaces what it said before; null says nothing.

    Where that has the session judged by another policy of exams, it judges the `history`, too; nobody else asks for it.
    """
    enrolled = _enrolled(session, enrolment)
    if changes_policy(session, enrolment, policy):
        enrolled = replace(enrolled, findings=found(history, policy.of(enrolled), session.findings))
    return judge(enrolled, policy.of(enrolled), now).following(session, now)


def changes_policy(session: Session, enrolment: Mapping[str, Json], policy: Policy) -> bool:
    """Whether a launch names an exam that is judged otherwise than a session that is known has been so far."""
    return session.revision > 0 and policy.of(_enrolled(session, enrolment)) != policy.of(session)


def _enrolled(session: Session, enrolment: Mapping[str, Json]) -> Session:
    said = {**session.enrolment, **{name: value for name, value in enrolment.items() if value is not None}}
    return replace(session, enrolment=said, launches=session.launches + 1)


def heard(session: Session, launch: int, ids: Mapping[str, Json], policy: Policy, now: datetime) -> Session:
    """The session at the first heartbeat of a launch: the sitting runs, and the learner is back.

    `ids` are what the page calls learner, course, exam and activity. The first word stands, and is hearsay.
    """
    hearsay = {**{name: value for name, value in ids.items() if value is not None}, **session.hearsay}
    back = [hold for hold in session.holds if not _ended_by(hold, launch)]
    present = replace(session, hearsay=hearsay, holds=tuple(back))
    return judge(_started(present, now), policy.of(present), now).following(session, now)


def fell_silent(session: Session, launch: int, reason: Reason, now: datetime) -> Session:
    """The session locked because nothing was heard of that launch; a later launch opens it again."""
    hold = Hold(kind=HoldKind.DISCONNECTED, since=now, reasons=(reason,), launch=launch)
    return _with(session, hold).following(session, now)


def held_by_hand(session: Session, detail: str, now: datetime) -> Session:
    """The session locked by a person or the LMS."""
    known = session.held(HoldKind.MANUAL)
    reason = Reason(rule="by-hand", detail=detail)
    hold = Hold(kind=HoldKind.MANUAL, since=known.since if known else now, reasons=(reason,))
    return _with(session, hold).following(session, now)


def released(session: Session, kind: HoldKind, policy: ExamPolicy, now: datetime) -> Session:
    """The session without that hold. What called for it cannot open it again; something new can."""
    left = tuple(hold for hold in session.holds if hold.kind is not kind)
    seen = tuple(each for call in calls(session, policy) if call.kind is kind for each in call.evidence)
    releases = {**session.releases, kind: seen} if kind in JUDGED else session.releases
    return judge(replace(session, holds=left, releases=releases), policy, now).following(session, now)


def overruled(session: Session, override: Override, policy: ExamPolicy, now: datetime) -> Session:
    """The session with the outcome that an operator gives it, until a proctor signs a newer verdict."""
    return judge(replace(session, override=override), policy, now).following(session, now)


def withdrawn(session: Session, policy: ExamPolicy, now: datetime) -> Session:
    """The session without its override: it is again what its reports say."""
    return judge(replace(session, override=None), policy, now).following(session, now)


def noted(session: Session, now: datetime) -> Session:
    """The session as it was: a note changes nothing, and stands in the history."""
    return session.following(session, now)


def _started(session: Session, now: datetime) -> Session:
    """A heartbeat proves that the sitting runs, unless a human has judged it already."""
    if session.status is Status.STARTED:
        return session
    return merge(session, Report(identifier=session.identifier, status=Status.STARTED, started_at=now))


def _ended_by(hold: Hold, launch: int) -> bool:
    return hold.kind is HoldKind.DISCONNECTED and hold.launch is not None and hold.launch < launch


def _with(session: Session, hold: Hold) -> Session:
    others = (each for each in session.holds if each.kind is not hold.kind)
    return replace(session, holds=tuple(sorted((*others, hold), key=lambda each: each.kind)))
