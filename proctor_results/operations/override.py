"""An operator overrules the outcome of a session, or takes that back."""

from dataclasses import replace
from datetime import datetime

from proctor_results.dependencies import Dependencies
from proctor_results.operations.attribution import Attribution, change_session
from proctor_results.operations.queries import get_session
from proctor_results.sessions.enums import OperatorAction, Outcome
from proctor_results.sessions.model import Override, Session
from proctor_results.sessions.rules.human_decision import active_override
from proctor_results.sessions.rules.transitions import apply_override, remove_override

OVERRIDE_OUTCOMES = (Outcome.ACCEPTED, Outcome.REJECTED, Outcome.PENDING)
"""What an operator may say: skipped is nobody's word, but what has happened."""


def override_outcome(
    deps: Dependencies, identifier: str, outcome: Outcome, attribution: Attribution, now: datetime
) -> Session | None:
    """Gives the session that outcome; None where there is no such session. To say the same again changes nothing.

    It stands against whatever machines report, and against older verdicts; a proctor who signs a verdict later
    overrules it. Raises LedgerAway.
    """
    override = Override(outcome=outcome, actor=attribution.actor, reason=attribution.reason, at=now)

    def set_override(session: Session) -> Session | None:
        if _is_same_override(active_override(session), override):
            return None
        return apply_override(session, override, deps.policy.for_session(session), now)

    origin = attribution.to_source(OperatorAction.OVERRIDE, outcome=outcome)
    return change_session(deps, identifier, origin, set_override) or get_session(deps, identifier)


def withdraw_override(
    deps: Dependencies, identifier: str, attribution: Attribution, now: datetime
) -> Session | None:
    """Takes the override back: the outcome is again what reports say. None where there is none. Raises LedgerAway."""

    def clear_override(session: Session) -> Session | None:
        return (
            remove_override(session, deps.policy.for_session(session), now)
            if session.override
            else None
        )

    return change_session(
        deps, identifier, attribution.to_source(OperatorAction.WITHDRAW_OVERRIDE), clear_override
    )


def _is_same_override(existing: Override | None, requested: Override) -> bool:
    return existing is not None and replace(existing, at=requested.at) == requested
