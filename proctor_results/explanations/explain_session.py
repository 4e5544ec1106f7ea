"""Explains a session by its decisions, each evaluated again from what is stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from proctor_results.dependencies import Dependencies
from proctor_results.explanations.list_decisions import (
    NO_LIMIT,
    DecisionWithReceipt,
    ReceiptReference,
    list_decisions,
)
from proctor_results.explanations.reevaluate import CannotReevaluate
from proctor_results.explanations.reevaluate_session import reevaluate_session
from proctor_results.sessions import repository
from proctor_results.sessions.decision import Decision
from proctor_results.sessions.model import Session


class ReevaluationResult(StrEnum):
    """Whether the stored data and the policy of that time lead to the same decision again."""

    SAME = "same"
    DIFFERENT = "different"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, kw_only=True)
class ExplainedDecision:
    """A decision, the receipt behind it if a request caused it, and the reevaluation's result.

    `detail` says why a reevaluation is unavailable, or how it differs.
    """

    decision: Decision
    receipt: ReceiptReference | None
    reevaluation: ReevaluationResult
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A session as it is now, and its decisions, the oldest first."""

    session: Session
    decisions: tuple[ExplainedDecision, ...]


def explain_session(
    deps: Dependencies, identifier: str, after_revision: int = 0, limit: int = NO_LIMIT
) -> Explanation | None:
    """Explain the first decisions after that revision; None where there is no such session.

    Raises DatabaseUnavailable.
    """
    session = repository.get(deps.database, identifier)
    if session is None:
        return None
    stored_decisions = list_decisions(deps.database, identifier, after=after_revision, limit=limit)
    return Explanation(
        session=session, decisions=tuple(_explain_decisions(deps, session, stored_decisions))
    )


def _explain_decisions(
    deps: Dependencies, session: Session, stored_decisions: list[DecisionWithReceipt]
) -> Iterable[ExplainedDecision]:
    if not stored_decisions:
        return
    reevaluated, unavailable_reason = _reevaluate(deps, session, stored_decisions)
    for stored in stored_decisions:
        result, detail = _compare(
            stored.decision, reevaluated.get(stored.decision.revision), unavailable_reason
        )
        yield ExplainedDecision(
            decision=stored.decision, receipt=stored.receipt, reevaluation=result, detail=detail
        )


def _reevaluate(
    deps: Dependencies, session: Session, stored_decisions: list[DecisionWithReceipt]
) -> tuple[dict[int, Decision], str]:
    """Return decisions by revision, up to the last of these where possible, and why no further."""
    reevaluated: dict[int, Decision] = {}
    earlier_decisions = list_decisions(
        deps.database, session.identifier, up_to=stored_decisions[0].decision.revision - 1
    )
    try:
        for step in reevaluate_session(deps, session, [*earlier_decisions, *stored_decisions]):
            if step.decision:
                reevaluated[step.decision.revision] = step.decision
            if step.event.revision >= stored_decisions[-1].decision.revision:
                break
    except CannotReevaluate as error:
        return reevaluated, str(error)
    return reevaluated, ""


def _compare(
    original: Decision, reevaluated: Decision | None, unavailable_reason: str
) -> tuple[ReevaluationResult, str]:
    if reevaluated == original:
        return ReevaluationResult.SAME, ""
    if reevaluated:
        return ReevaluationResult.DIFFERENT, _describe_difference(original, reevaluated)
    if unavailable_reason:
        return ReevaluationResult.UNAVAILABLE, unavailable_reason
    return ReevaluationResult.DIFFERENT, "nothing is decided"


def _describe_difference(original: Decision, reevaluated: Decision) -> str:
    names = [name for name, value in vars(original).items() if getattr(reevaluated, name) != value]
    kinds = ", ".join(hold.kind for hold in reevaluated.opened) or "nothing new"
    return f"{reevaluated.outcome}, locked by {kinds}; other {', '.join(names)}"
