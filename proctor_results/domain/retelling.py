"""Tells a session's history again, step by step, from what is stored of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from proctor_results.domain.acts import (
    fell_silent,
    heard,
    held_by_hand,
    launched,
    noted,
    overruled,
    released,
    withdrawn,
)
from proctor_results.domain.decision import Decision, decision
from proctor_results.domain.intake import notice, take
from proctor_results.domain.policy import Policy
from proctor_results.domain.report import Report
from proctor_results.domain.rhythm import silent_for
from proctor_results.domain.session import Override, Session
from proctor_results.domain.settling import settled, settling
from proctor_results.domain.steps import Lost, Step
from proctor_results.domain.words import Act, Cause, HoldKind, Outcome


class CannotBeRetold(Exception):  # noqa: N818  # it reads as what it is
    """Something that is needed is not kept any more, or reads differently today."""


@dataclass(frozen=True, kw_only=True)
class Retold:
    """The session after a step, and what was decided by it."""

    step: Step
    session: Session
    decision: Decision | None


PolicyOf = Callable[[Step], Policy]


def retell(identifier: str, vendor: str, steps: Iterable[Step], policy_of: PolicyOf) -> Iterator[Retold]:
    """What follows from each step if that policy judges it; `steps` in their order. Raises CannotBeRetold."""
    session: Session | None = None
    earlier: list[Step] = []
    for step in steps:
        if isinstance(step.report, Lost):
            raise CannotBeRetold(step.report.why)
        policy = policy_of(step)
        before = session or Session(identifier=identifier, vendor=vendor, updated_at=step.at)
        judged = _judged(before, step, policy, earlier)
        session = replace(settling(before, judged or before, step.settle), revision=step.revision)
        made = decision(before, session, policy.sha256, step.by) if judged else None
        earlier.append(step)
        yield Retold(step=step, session=session, decision=made)


def _judged(session: Session, step: Step, policy: Policy, earlier: Iterable[Step]) -> Session | None:
    """Nothing but a launch looks back."""
    if step.by.cause is Cause.LAUNCH:
        return _launched(session, step, policy, earlier)
    return _AGAIN[step.by.cause](session, step, policy)


def _launched(session: Session, step: Step, policy: Policy, earlier: Iterable[Step]) -> Session:
    enrolment: Any = step.by.said["enrolment"]
    return launched(session, enrolment, policy, step.at, earlier)


def _reported(session: Session, step: Step, policy: Policy) -> Session | None:
    if not isinstance(step.report, Report):
        return None
    return take(session, step.report, policy.of(session), step.at, overtaken=step.overtaken)


def _heard(session: Session, step: Step, policy: Policy) -> Session:
    said: Any = step.by.said
    return heard(session, said["launch"], said["ids"], policy, step.at)


def _fell_silent(session: Session, step: Step, policy: Policy) -> Session:
    said: Any = step.by.said
    return fell_silent(session, said["launch"], silent_for(said["measured"], said["bar"]), step.at)


def _measured(session: Session, step: Step, policy: Policy) -> Session | None:
    exam = policy.of(session)
    return notice(session, exam.live_findings(step.events), exam, step.at)


def _done(session: Session, step: Step, policy: Policy) -> Session | None:
    return _BY_HAND[Act(str(step.by.said["act"]))](session, step, policy)


def _settled(session: Session, step: Step, policy: Policy) -> Session:
    return settled(session, step.at)


def _held(session: Session, step: Step, policy: Policy) -> Session:
    return held_by_hand(session, f"{step.by.actor}: {step.by.note}", step.at)


def _released(session: Session, step: Step, policy: Policy) -> Session | None:
    kind = HoldKind(str(step.by.said["hold"]))
    return released(session, kind, policy.of(session), step.at) if session.held(kind) else None


def _noted(session: Session, step: Step, policy: Policy) -> Session:
    return noted(session, step.at)


def _overruled(session: Session, step: Step, policy: Policy) -> Session:
    outcome = Outcome(str(step.by.said["outcome"]))
    override = Override(outcome=outcome, actor=str(step.by.actor), reason=str(step.by.note), at=step.at)
    return overruled(session, override, policy.of(session), step.at)


def _withdrawn(session: Session, step: Step, policy: Policy) -> Session:
    return withdrawn(session, policy.of(session), step.at)


Telling = Callable[[Session, Step, Policy], Session | None]

_AGAIN: Mapping[Cause, Telling] = {
    Cause.REPORT: _reported,
    Cause.REPLAY: _reported,
    Cause.HEARTBEAT: _heard,
    Cause.SILENCE: _fell_silent,
    Cause.METRICS: _measured,
    Cause.PERSON: _done,
    Cause.SETTLED: _settled,
}
_BY_HAND: Mapping[Act, Telling] = {
    Act.HOLD: _held,
    Act.RELEASE: _released,
    Act.NOTE: _noted,
    Act.OVERRIDE: _overruled,
    Act.WITHDRAW: _withdrawn,
}
