"""The end of every story that changes a session: what changed, who must be told, and all of it written at once."""

from collections.abc import Callable
from typing import TypeVar

from proctor_results.database.connection import DatabaseUnavailable
from proctor_results.deliveries.messages import changed_topics
from proctor_results.dependencies import Dependencies
from proctor_results.logs import request_id
from proctor_results.policies import store as policy_store
from proctor_results.sessions import save as session_save
from proctor_results.sessions.decision import DecisionSource, build_decision
from proctor_results.sessions.model import Session
from proctor_results.sessions.receipt import Receipt
from proctor_results.sessions.rules.finality import start_finality_window
from proctor_results.sessions.save import ChangeSet

T = TypeVar("T")

_MAX_ATTEMPTS = 100
"""Whenever somebody else was faster, somebody has got on; so many rivals over one session there cannot be."""


def build_change_set(
    deps: Dependencies,
    before: Session,
    after: Session,
    origin: DecisionSource,
    receipt: Receipt | None = None,
) -> ChangeSet:
    """What the step from one revision to the next leaves in the ledger."""
    policy_sha256, after = (
        deps.policy.sha256,
        start_finality_window(before, after, deps.outcome_final_after),
    )
    topics = changed_topics(before if before.revision else None, after)
    return ChangeSet(
        receipt=receipt,
        session=after,
        decision=build_decision(before, after, policy_sha256, origin),
        due_deliveries=tuple(
            (target.name, topic)
            for target in deps.targets
            for topic in topics
            if topic in target.topics
        ),
        request_id=request_id.current(),
    )


def save_with_retry(deps: Dependencies, decide: Callable[[], ChangeSet]) -> ChangeSet:
    """Decides and writes, again as long as somebody else was faster. Raises LedgerAway."""
    ensure_policy_stored(deps)

    def save_once() -> ChangeSet | None:
        change_set = decide()
        return change_set if try_save(deps, change_set) else None

    return retry_on_conflict(lambda: deps.database.run_write(save_once))


def retry_on_conflict(attempt: Callable[[], T | None]) -> T:
    """What the step brings; it is taken again as long as it brings nothing. Raises LedgerAway."""
    for _ in range(_MAX_ATTEMPTS):
        result = attempt()
        if result is not None:
            return result
    raise DatabaseUnavailable("the session changes faster than it can be read")


def try_save(deps: Dependencies, change_set: ChangeSet) -> bool:
    """Writes the entry as `entries.write` does, and counts it: rarely one that is rolled back after all."""
    is_saved = session_save.save(deps.database, change_set)
    if is_saved:
        deps.counters.count_change_set(change_set)
    return is_saved


def ensure_policy_stored(deps: Dependencies) -> None:
    """Keeps the policy that judges, before the first decision of this process needs it. Raises LedgerAway."""
    if not policy_store.is_stored(deps.database, deps.policy):
        deps.database.run_write(lambda: policy_store.insert(deps.database, deps.policy))
        policy_store.mark_stored(deps.database, deps.policy)
