"""Plays what is stored once more, report after report, and compares every revision with what was decided and told.

That can be done for sessions of which nothing but reports has come: when a learner or a person did something is known
to the service alone.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from bench.reconciliation.check import Check, Kind
from bench.reconciliation.sides import Heard, Kept, Sides
from proctor_results.domain.decision import Origin, decision
from proctor_results.domain.intake import take, unheard_of
from proctor_results.domain.messages import due_topics, message
from proctor_results.domain.session import Session
from proctor_results.domain.settling import settling
from proctor_results.domain.words import Cause

States = Sequence[Session]
"""A session at each of its revisions, from 0, before its first report."""


def histories(sides: Sides) -> Iterator[tuple[str, States]]:
    """What the receipts make of each session, taken into account in the order in which they are stored."""
    kept = defaultdict(list)
    for receipt in sides.stored.receipts:
        kept[receipt.identifier].append(receipt)
    for identifier, session in sides.stored.sessions.items():
        if _is_of_reports_alone(sides, session):
            yield identifier, list(_states(sides, session, kept[identifier]))


def _is_of_reports_alone(sides: Sides, session: Session) -> bool:
    causes = {decided.cause for decided in sides.stored.decisions.get(session.identifier, ())}
    return session.launches == 0 and causes <= {Cause.REPORT} and session.identifier not in sides.sent.touched


def _states(sides: Sides, session: Session, kept: Sequence[Kept]) -> Iterator[Session]:
    known = None
    for receipt in kept:
        report = sides.report(receipt.body)
        if report is None:
            continue
        if known is None:
            yield (known := unheard_of(session.vendor, report, receipt.at))
        after = take(known, report, sides.policy.of(known.exam), receipt.at)
        if after:
            yield (known := settling(known, after, sides.settle))


def _unmerged(sides: Sides) -> Iterator[str]:
    for identifier, states in histories(sides):
        if not states or sides.stored.sessions[identifier] != states[-1]:
            yield f"{identifier}: is not what its reports make of it"


def _misjudged(sides: Sides) -> Iterator[str]:
    for identifier, states in histories(sides):
        found = {(decided.revision, decided.outcome) for decided in sides.stored.decisions.get(identifier, ())}
        wanted = {(after.revision, after.outcome) for before, after in pairwise(states) if _decides(before, after)}
        for revision, outcome in sorted(found ^ wanted):
            wrong = "is missing" if (revision, outcome) in wanted else "is not called for"
            yield f"{identifier}: the decision {outcome} at revision {revision} {wrong}"


def _decides(before: Session, after: Session) -> bool:
    return decision(before, after, "", Origin(cause=Cause.REPORT)) is not None


def _untrue(sides: Sides) -> Iterator[str]:
    """Each message is that of a revision at which its topic changed, word for word."""
    told = defaultdict(list)
    for heard in sides.told:
        if heard.genuine:
            told[heard.about[0]].append(heard)
    for identifier, states in histories(sides):
        for heard in told[identifier]:
            if not _is_news(states, heard):
                yield f"{heard.webhook_id}: there was no such news at that revision"
            elif heard.message != _words(states[heard.revision], heard):
                yield f"{heard.webhook_id}: says {heard.message} where {_words(states[heard.revision], heard)} was so"


def _is_news(states: States, heard: Heard) -> bool:
    if not 0 < heard.revision < len(states):
        return False
    before = states[heard.revision - 1]
    return heard.about[1] in due_topics(before if before.revision else None, states[heard.revision])


def _words(state: Session, heard: Heard) -> Any:
    return json.loads(json.dumps(message(state, heard.about[1], heard.revision, state.updated_at)))


def _size(sides: Sides) -> int:
    return sum(len(states) for _, states in histories(sides))


CHECKS = (
    Check(name="the reports, in the order stored, make the same", kind=Kind.LOST, size=_size, faults=_unmerged),
    Check(name="decisions are those that reports call for", kind=Kind.INVENTED, size=_size, faults=_misjudged),
    Check(name="messages say what was so, word for word", kind=Kind.INVENTED, size=_size, faults=_untrue),
)
