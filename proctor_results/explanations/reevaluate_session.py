"""Evaluates a session again, from nothing but what is stored."""

from collections.abc import Iterable, Iterator

from proctor_results.dependencies import Dependencies
from proctor_results.explanations.history import HistoryEvent
from proctor_results.explanations.list_decisions import DecisionWithReceipt
from proctor_results.explanations.load_history import history_events
from proctor_results.explanations.reevaluate import (
    CannotReevaluate,
    ReevaluatedEvent,
    reevaluate,
)
from proctor_results.policies.model import Policy
from proctor_results.policies.store_policy import load_policy_text
from proctor_results.sessions.model import Session


def reevaluate_session(
    deps: Dependencies,
    session: Session,
    stored_decisions: Iterable[DecisionWithReceipt],
    policy: Policy | None = None,
) -> Iterator[ReevaluatedEvent]:
    """Evaluate the session's history by the policies of that time, or by `policy`.

    Raises DatabaseUnavailable and CannotReevaluate.
    """
    policies_by_sha256 = {deps.policy.sha256: deps.policy}

    def policy_for(event: HistoryEvent) -> Policy:
        if policy is None and event.policy_sha256 not in policies_by_sha256:
            policies_by_sha256[event.policy_sha256] = _load_policy(deps, event.policy_sha256)
        return policy or policies_by_sha256[event.policy_sha256]

    past_decisions = [stored.decision for stored in stored_decisions]
    return reevaluate(
        session.identifier,
        session.vendor,
        history_events(deps, session, past_decisions),
        policy_for,
    )


def _load_policy(deps: Dependencies, sha256: str) -> Policy:
    text = load_policy_text(deps.database, sha256)
    if text is None:
        raise CannotReevaluate(f"the policy {sha256} is not stored")
    return deps.read_policy(text)
