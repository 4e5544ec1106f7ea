"""The LMS asks about one session."""

from proctor_results.dependencies import Dependencies
from proctor_results.sessions import repository
from proctor_results.sessions.model import Session


def get_session(deps: Dependencies, identifier: str) -> Session | None:
    """The session as it is now. Raises LedgerAway."""
    return repository.get(deps.database, identifier)
