"""An outcome has not changed for as long as outcomes settle: it is final now, and the LMS must be told so."""

from datetime import datetime

from proctor_results.dependencies import Dependencies
from proctor_results.sessions import repository
from proctor_results.sessions.commit import build_change_set, ensure_policy_stored, try_save
from proctor_results.sessions.decision import DecisionSource
from proctor_results.sessions.enums import Cause
from proctor_results.sessions.model import Session
from proctor_results.sessions.rules.finality import finalize


def finalize_outcomes(deps: Dependencies, limit: int, now: datetime) -> list[Session]:
    """Makes at most `limit` outcomes final that have settled; the sessions as they are then.

    They are taken and made final in one transaction: two workers never settle one twice, and a change that comes first
    wins. Raises LedgerAway.
    """
    if not repository.any_due_to_finalize(deps.database, now):
        return []
    ensure_policy_stored(deps)
    with deps.database.transaction():
        finalized_pairs = [
            (session, finalize(session, now))
            for session in repository.claim_due_to_finalize(deps.database, now, limit)
        ]
        return [
            finalized
            for before, finalized in finalized_pairs
            if _save_final(deps, before, finalized)
        ]


def _save_final(deps: Dependencies, before: Session, finalized: Session) -> bool:
    return try_save(
        deps, build_change_set(deps, before, finalized, DecisionSource(cause=Cause.FINALIZED))
    )
