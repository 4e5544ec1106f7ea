"""A person, or the LMS, locks an exam or releases a hold."""

from datetime import datetime

from proctor_results.dependencies import Dependencies
from proctor_results.operations.attribution import Attribution, change_session
from proctor_results.operations.queries import get_session
from proctor_results.sessions.enums import HoldKind, OperatorAction
from proctor_results.sessions.model import Session
from proctor_results.sessions.rules.transitions import apply_release, place_manual_hold

__all__ = ["Attribution", "place_hold", "release_hold"]


def place_hold(
    deps: Dependencies, identifier: str, attribution: Attribution, now: datetime
) -> Session | None:
    """Opens a manual hold; None where there is no such session. To say the same again changes nothing.

    Raises LedgerAway.
    """
    detail = f"{attribution.actor}: {attribution.reason}"

    def add_hold(session: Session) -> Session | None:
        existing = session.open_hold(HoldKind.MANUAL)
        return (
            None
            if existing and existing.detail == detail
            else place_manual_hold(session, detail, now)
        )

    return change_session(
        deps, identifier, attribution.to_source(OperatorAction.HOLD), add_hold
    ) or get_session(deps, identifier)


def release_hold(
    deps: Dependencies, identifier: str, kind: HoldKind, attribution: Attribution, now: datetime
) -> Session | None:
    """Closes an open hold of that kind; None where there is none. Raises LedgerAway."""

    def remove_hold(session: Session) -> Session | None:
        return (
            apply_release(session, kind, deps.policy.for_session(session), now)
            if session.open_hold(kind)
            else None
        )

    return change_session(
        deps, identifier, attribution.to_source(OperatorAction.RELEASE, hold=kind), remove_hold
    )
