"""Saves one step of a session: receipt, next revision, decision and due deliveries, or nothing."""

from proctor_results.database.connection import WriteConflict
from proctor_results.dependencies import Dependencies
from proctor_results.logs import request_id
from proctor_results.policies.store_policy import store_policy
from proctor_results.sessions.decision import ChangeSet, DecisionSource
from proctor_results.sessions.model import Session
from proctor_results.sessions.receipt import Receipt
from proctor_results.sessions.rules.decide import (
    build_decision,
    changed_topics,
    start_finality_window,
)
from proctor_results.sessions.store.write_change_set import insert_receipt, write_change_set


def ensure_policy_stored(deps: Dependencies) -> None:
    """Store the policy before the first decision of this process. Raises DatabaseUnavailable."""
    if deps.policy.sha256 not in deps.database.stored_policies:
        store_policy(deps.database, deps.policy)
        deps.database.stored_policies.add(deps.policy.sha256)


def build_change_set(
    deps: Dependencies,
    before: Session,
    after: Session,
    source: DecisionSource,
    receipt: Receipt | None = None,
) -> ChangeSet:
    """Return all that the step from one revision to the next stores."""
    after = start_finality_window(before, after, deps.outcome_final_after)
    topics = changed_topics(before if before.revision else None, after)
    return ChangeSet(
        receipt=receipt,
        session=after,
        decision=build_decision(before, after, deps.policy.sha256, source),
        due_deliveries=tuple(
            (target.name, topic)
            for target in deps.targets
            for topic in topics
            if topic in target.topics
        ),
        request_id=request_id.current(),
    )


def save(deps: Dependencies, change_set: ChangeSet) -> ChangeSet:
    """Write the change set, and count it. Call it in `Database.run_write`, or in a transaction.

    Raises WriteConflict, with nothing written, where the session is not the revision that was read,
    or the receipt does not follow the newest of its chain. Raises DatabaseUnavailable.
    """
    if not write_change_set(deps.database, change_set):
        raise WriteConflict
    deps.counters.count_change_set(change_set)
    return change_set


def save_unchained(deps: Dependencies, receipt: Receipt) -> int:
    """Write a receipt of no session; return its id. Raises DatabaseUnavailable."""
    receipt_id = insert_receipt(deps.database, receipt)
    deps.counters.count_change_set(ChangeSet(receipt=receipt))
    return receipt_id
