"""A person notes something about a session."""

from datetime import datetime

from proctor_results.dependencies import Dependencies
from proctor_results.operations.attribution import Attribution, change_session
from proctor_results.sessions.enums import OperatorAction
from proctor_results.sessions.model import Session
from proctor_results.sessions.rules.transitions import apply_note


def add_note(
    deps: Dependencies, identifier: str, attribution: Attribution, now: datetime
) -> Session | None:
    """Adds a note to the session's history, and changes nothing; None where there is no such session.

    Raises LedgerAway.
    """
    return change_session(
        deps,
        identifier,
        attribution.to_source(OperatorAction.NOTE),
        lambda session: apply_note(session, now),
    )
