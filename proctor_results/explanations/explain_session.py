"""Somebody asks why a session is as it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from proctor_results.dependencies import Dependencies
from proctor_results.explanations import store as explanation_store
from proctor_results.explanations.reevaluate import CannotReevaluate
from proctor_results.explanations.reevaluate_session import reevaluate_session
from proctor_results.explanations.store import (
    NO_LIMIT,
    DecisionWithReceipt,
    ReceiptReference,
)
from proctor_results.sessions import repository
from proctor_results.sessions.decision import Decision
from proctor_results.sessions.model import Session

__all__ = [
    "ExplainedDecision",
    "Explanation",
    "ReceiptReference",
    "ReevaluationResult",
    "explain_session",
]


class ReevaluationResult(StrEnum):
    """What comes of judging again, from what is stored, by the policy that judged then."""

    SAME = "same"
    DIFFERENT = "different"
    UNAVAILABLE = "impossible"


@dataclass(frozen=True, kw_only=True)
class ExplainedDecision:
    """A decision, the receipt behind it if a request brought it about, and what comes of judging again.

    `detail` says why that is impossible, or how it differs.
    """

    decision: Decision
    receipt: ReceiptReference | None
    reevaluation: ReevaluationResult
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A session as it is now, and what was decided about it, the oldest first."""

    session: Session
    decisions: tuple[ExplainedDecision, ...]


def explain_session(
    deps: Dependencies, identifier: str, after_revision: int = 0, limit: int = NO_LIMIT
) -> Explanation | None:
    """Why the session is as it is, by the first decisions that made a revision after this one.

    None where there is no session of that identifier. Raises LedgerAway.
    """
    session = repository.get(deps.database, identifier)
    if session is None:
        return None
    stored_decisions = explanation_store.list_for_session(
        deps.database, identifier, after=after_revision, limit=limit
    )
    return Explanation(
        session=session, decisions=tuple(_explain_decisions(deps, session, stored_decisions))
    )


def _explain_decisions(
    deps: Dependencies, session: Session, stored_decisions: list[DecisionWithReceipt]
) -> Iterator[ExplainedDecision]:
    reevaluated, unavailable_reason = (
        _reevaluate(deps, session, stored_decisions) if stored_decisions else ({}, "")
    )
    for stored in stored_decisions:
        reevaluation, detail = _compare(
            stored.decision, reevaluated.get(stored.decision.revision), unavailable_reason
        )
        yield ExplainedDecision(
            decision=stored.decision,
            receipt=stored.receipt,
            reevaluation=reevaluation,
            detail=detail,
        )


def _reevaluate(
    deps: Dependencies, session: Session, stored_decisions: list[DecisionWithReceipt]
) -> tuple[dict[int, Decision], str]:
    """By revision, from the beginning to the last of these as far as possible, and why no further."""
    reevaluated: dict[int, Decision] = {}
    first_revision, last_revision = (
        stored_decisions[0].decision.revision,
        stored_decisions[-1].decision.revision,
    )
    earlier_decisions = explanation_store.list_for_session(
        deps.database, session.identifier, up_to=first_revision - 1
    )
    try:
        for event in reevaluate_session(deps, session, [*earlier_decisions, *stored_decisions]):
            if event.decision:
                reevaluated[event.decision.revision] = event.decision
            if event.event.revision >= last_revision:
                break
    except CannotReevaluate as error:
        return reevaluated, str(error)
    return reevaluated, ""


def _compare(
    original: Decision, reevaluated: Decision | None, unavailable_reason: str
) -> tuple[ReevaluationResult, str]:
    if reevaluated == original:
        return ReevaluationResult.SAME, ""
    if reevaluated is None and unavailable_reason:
        return ReevaluationResult.UNAVAILABLE, unavailable_reason
    return (
        ReevaluationResult.DIFFERENT,
        "nothing is decided"
        if reevaluated is None
        else _describe_difference(original, reevaluated),
    )


def _describe_difference(original: Decision, reevaluated: Decision) -> str:
    names = [name for name, value in vars(original).items() if getattr(reevaluated, name) != value]
    return (
        f"{reevaluated.outcome}, locked by {_opened_kinds(reevaluated)}; other {', '.join(names)}"
    )


def _opened_kinds(reevaluated: Decision) -> str:
    return ", ".join(hold.kind for hold in reevaluated.opened) or "nothing new"
