"""What happened to a session is judged again, from nothing but what is stored."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from heapq import merge

from proctor_results.domain.decision import Decision, Origin
from proctor_results.domain.policy import Policy
from proctor_results.domain.report import Report
from proctor_results.domain.retelling import CannotBeRetold, Retold, retell
from proctor_results.domain.session import Session
from proctor_results.domain.steps import Lost, Step
from proctor_results.domain.words import Cause
from proctor_results.flows.house import House
from proctor_results.store import decisions, policies, reported
from proctor_results.store.decisions import Decided
from proctor_results.store.reported import Reported


def retell_session(
    house: House, session: Session, decided: Iterable[Decided], by: Policy | None = None
) -> Iterator[Retold]:
    """The session's history as its own policies judged it, or as this one would. Raises LedgerAway, CannotBeRetold."""
    known = {house.policy.sha256: house.policy}

    def policy_of(step: Step) -> Policy:
        if by is None and step.policy_sha256 not in known:
            known[step.policy_sha256] = _policy(house, step.policy_sha256)
        return by or known[step.policy_sha256]

    made = [each.decision for each in decided]
    return retell(session.identifier, session.vendor, _steps(house, session, made), policy_of)


def history(house: House, session: Session) -> Iterator[Step]:
    """What happened to the session so far; nothing is asked before the first step is. Raises LedgerAway."""
    made = [each.decision for each in decisions.of(house.ledger, session.identifier)]
    yield from _steps(house, session, made)


def _policy(house: House, sha256: str) -> Policy:
    text = policies.text(house.ledger, sha256)
    if text is None:
        raise CannotBeRetold(f"the policy {sha256} is not kept")
    return house.read_policy(text)


def _steps(house: House, session: Session, made: list[Decision]) -> Iterable[Step]:
    settle = {each.revision: _settle(each) for each in made}
    acts = (_act(each) for each in made if each.by.cause not in (Cause.REPORT, Cause.REPLAY))
    return merge(_reports(house, session, settle), acts, key=lambda step: step.place)


def _settle(made: Decision) -> timedelta:
    return made.settles_at - made.at if made.settles_at else timedelta()


def _act(made: Decision) -> Step:
    return Step(revision=made.revision, at=made.at, by=made.by, policy_sha256=made.policy_sha256, settle=_settle(made))


def _reports(house: House, session: Session, settle: dict[int, timedelta]) -> Iterator[Step]:
    newest = 0
    for each in reported.of(house.ledger, session.identifier):
        step = _report(house, session, each, settle)
        yield replace(step, overtaken=each.replay_of is not None and each.replay_of < newest)
        newest = max(newest, each.replay_of or each.number) if each.applied else newest


def _report(house: House, session: Session, each: Reported, settle: dict[int, timedelta]) -> Step:
    revision = each.met + each.applied
    return Step(
        revision=revision,
        at=each.received_at,
        by=Origin(cause=Cause.REPORT if each.replay_of is None else Cause.REPLAY),
        policy_sha256=each.policy_sha256,
        report=_read(house, session, each),
        made_it=each.applied,
        settle=settle.get(revision, timedelta()) if each.applied else timedelta(),
    )


def _read(house: House, session: Session, each: Reported) -> Report | Lost:
    if each.body is None:
        return Lost(why=f"the body of receipt {each.number} is not kept any more")
    vendor = house.vendors.get(session.vendor)
    reading = vendor.read(each.body) if vendor else None
    return reading if isinstance(reading, Report) else Lost(why=f"receipt {each.number} cannot be read today")
