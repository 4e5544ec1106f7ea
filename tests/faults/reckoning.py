"""Settles accounts after a fault: what was answered, what is stored and what the LMS heard must fit together.

It is meant for sessions of which nothing but reports has come, judged by the built-in policy.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from typing import Any

from proctor_results.domain.decision import Origin, decision
from proctor_results.domain.intake import take, unheard_of
from proctor_results.domain.messages import message, message_id
from proctor_results.domain.report import Report
from proctor_results.domain.session import Session
from proctor_results.domain.settling import settling
from proctor_results.domain.words import Cause, Topic
from proctor_results.policy_file import built_in
from proctor_results.store import deliveries, sessions
from proctor_results.store.columns import moment
from proctor_results.store.ledger import Ledger
from proctor_results.store.opening import open_ledger
from proctor_results.store.statement import Statement
from proctor_results.vendors import VENDORS
from tests.faults.lms import About, Heard, Lms
from tests.sites import PATIENCE, Site
from tests.workplace import until

Histories = Mapping[str, Sequence[Session]]
"""The states of each session, one for each revision, from the one before its first report."""


def reckon(site: Site, lms: Lms) -> None:
    """Waits until the site has told everything, and asserts that all is well."""
    with closing(open_ledger(site.database_url)) as ledger:
        until(lambda: not deliveries.undelivered(ledger, 1), PATIENCE)
        assert site.accepted
        assert complaints(ledger, site.accepted, lms.heard) == []


def complaints(ledger: Ledger, answered: Iterable[bytes], heard: Sequence[Heard]) -> list[str]:
    """What is wrong after all is over, in words; `answered` are the bodies that were answered with 200."""
    histories = _histories(ledger)
    told = _by_topic(heard)
    return [
        *_lost(ledger, answered),
        *_unmerged(ledger, histories),
        *_undecided(ledger, histories),
        *_untrue(heard, histories),
        *_told_twice(told, histories),
        *_overtaken(told),
        *_out_of_date(told, histories),
        *_undelivered(ledger),
    ]


def _histories(ledger: Ledger) -> Histories:
    """What the reports that are stored make of each session, taken into account in the order in which they are."""
    histories: dict[str, list[Session]] = {}
    for vendor, body, received_at in ledger.run(_RECEIPTS):
        report, now = VENDORS[vendor].read(bytes(body)), moment(received_at)
        if not isinstance(report, Report):
            continue
        states = histories.setdefault(report.identifier, [unheard_of(vendor, report, now)])
        after = take(states[-1], report, _POLICY.of(states[-1].exam), now)
        states += [settling(states[-1], after, _AT_ONCE)] if after else []
    return histories


def _by_topic(heard: Iterable[Heard]) -> Mapping[About, Sequence[Heard]]:
    told = defaultdict(list)
    for each in heard:
        told[each.about].append(each)
    return told


def _lost(ledger: Ledger, answered: Iterable[bytes]) -> Iterator[str]:
    stored = Counter(bytes(body) for _, body, _ in ledger.run(_RECEIPTS))
    for body in (Counter(answered) - stored).elements():
        yield f"answered and not stored: {body!r}"


def _unmerged(ledger: Ledger, histories: Histories) -> Iterator[str]:
    for identifier, states in histories.items():
        if sessions.find(ledger, identifier) != states[-1]:
            yield f"{identifier} is not what its reports make of it"


def _undecided(ledger: Ledger, histories: Histories) -> Iterator[str]:
    stored = set(ledger.run(_DECISIONS))
    made = {
        (identifier, after.revision, str(after.outcome))
        for identifier, states in histories.items()
        for before, after in pairwise(states)
        if decision(before, after, _POLICY.sha256, Origin(cause=Cause.REPORT))
    }
    for each in sorted(stored ^ made):
        yield f"a decision is {'missing' if each in made else 'not called for'}: {each}"


def _untrue(heard: Iterable[Heard], histories: Histories) -> Iterator[str]:
    """One id, one message: that of the session at the revision in it."""
    for each in heard:
        identifier, topic = each.about
        states = {state.revision: state for state in histories.get(identifier, ())}
        state = states.get(each.revision)
        if each.id != message_id(identifier, topic, each.revision):
            yield f"{each.id} is the id of revision {each.revision}"
        if state is None or each.message != message(state, topic, each.revision, state.updated_at):
            yield f"{each.id} does not say what was so at that revision"


def _told_twice(told: Mapping[About, Sequence[Heard]], histories: Histories) -> Iterator[str]:
    """Under a new id there is news: another content, or the same again after another one."""
    for (identifier, topic), some in told.items():
        for before, after in pairwise(some):
            span = [_says(state, topic) for state in histories[identifier][before.revision : after.revision + 1]]
            if after.revision > before.revision and all(each == span[-1] for each in span):
                yield f"{after.id} says nothing that {before.id} had not said"


def _overtaken(told: Mapping[About, Sequence[Heard]]) -> Iterator[str]:
    for some in told.values():
        for before, after in pairwise(some):
            if after.revision < before.revision:
                yield f"{after.id} was told after {before.id}"


def _out_of_date(told: Mapping[About, Sequence[Heard]], histories: Histories) -> Iterator[str]:
    """Of a lock the LMS need not hear before there has been one."""
    for identifier, states in histories.items():
        for topic in Topic:
            so = [_says(states[-1], topic)] if topic is Topic.OUTCOME or states[-1].ever_locked else []
            if [_content(each.message) for each in told.get((identifier, topic), ())[-1:]] != so:
                yield f"the LMS does not have the newest {topic} of {identifier}"


def _undelivered(ledger: Ledger) -> Iterator[str]:
    for each in deliveries.undelivered(ledger, 10):
        yield f"undelivered: {each}"


def _says(state: Session, topic: Topic) -> Mapping[str, Any]:
    return _content(message(state, topic, 0, state.updated_at))


def _content(message: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**message["data"], "revision": 0}


_POLICY = built_in()
_AT_ONCE = timedelta()
"""When outcomes become final."""

_RECEIPTS = Statement("SELECT vendor, body, received_at FROM receipt ORDER BY id")
_DECISIONS = Statement("""
SELECT session.identifier, decision.revision, decision.outcome
FROM decision JOIN session ON session.id = decision.session_id
""")
