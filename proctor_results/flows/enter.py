"""The end of every story that changes a session: what changed, who must be told, and all of it written at once."""

from collections.abc import Callable
from typing import TypeVar

from proctor_results import request_id
from proctor_results.domain.decision import Origin, decision
from proctor_results.domain.messages import due_topics
from proctor_results.domain.receipt import Receipt
from proctor_results.domain.session import Session
from proctor_results.domain.settling import settling
from proctor_results.flows.house import House
from proctor_results.store import entries, policies
from proctor_results.store.entries import Entry
from proctor_results.store.ledger import LedgerAway

Done = TypeVar("Done")

_TRIES = 100
"""Whenever somebody else was faster, somebody has got on; so many rivals over one session there cannot be."""


def entry(house: House, before: Session, after: Session, by: Origin, receipt: Receipt | None = None) -> Entry:
    """What the step from one revision to the next leaves in the ledger."""
    sha256, after = house.policy.sha256, settling(before, after, house.settle)
    topics = due_topics(before if before.revision else None, after)
    return Entry(
        receipt=receipt,
        session=after,
        decision=decision(before, after, sha256, by),
        due=tuple((target.name, topic) for target in house.targets for topic in topics if topic in target.topics),
        request_id=request_id.current(),
    )


def until_written(house: House, decide: Callable[[], Entry]) -> Entry:
    """Decides and writes, again as long as somebody else was faster. Raises LedgerAway."""
    keep_policy(house)

    def write() -> Entry | None:
        decided = decide()
        return decided if is_written(house, decided) else None

    return until(lambda: house.ledger.enter(write))


def until(step: Callable[[], Done | None]) -> Done:
    """What the step brings; it is taken again as long as it brings nothing. Raises LedgerAway."""
    for _ in range(_TRIES):
        done = step()
        if done is not None:
            return done
    raise LedgerAway("the session changes faster than it can be read")


def is_written(house: House, decided: Entry) -> bool:
    """Writes the entry as `entries.write` does, and counts it: rarely one that is rolled back after all."""
    written = entries.write(house.ledger, decided)
    if written:
        house.tally.entry(decided)
    return written


def keep_policy(house: House) -> None:
    """Keeps the policy that judges, before the first decision of this process needs it. Raises LedgerAway."""
    if not policies.is_kept(house.ledger, house.policy):
        house.ledger.enter(lambda: policies.keep(house.ledger, house.policy))
        policies.remember(house.ledger, house.policy)
