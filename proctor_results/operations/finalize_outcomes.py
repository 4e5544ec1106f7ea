"""Makes outcomes final that have not changed for the set time, and has the LMS notified."""

from datetime import datetime

from proctor_results.dependencies import Dependencies
from proctor_results.sessions import repository
from proctor_results.sessions.decision import DecisionSource
from proctor_results.sessions.enums import Cause
from proctor_results.sessions.model import Session
from proctor_results.sessions.rules.decide import finalize
from proctor_results.sessions.save import build_change_set, ensure_policy_stored, save


def finalize_outcomes(deps: Dependencies, limit: int, now: datetime) -> list[Session]:
    """Make at most `limit` outcomes final; return their sessions as they are then.

    They are claimed and made final in one transaction: two workers never finalize one twice, and a
    change that comes first wins. Raises DatabaseUnavailable.
    """
    if not repository.any_due_to_finalize(deps.database, now):
        return []
    ensure_policy_stored(deps)
    source, finalized = DecisionSource(cause=Cause.FINALIZED), []
    with deps.database.transaction():
        for before in repository.claim_due_to_finalize(deps.database, now, limit):
            finalized.append(finalize(before, now))
            save(deps, build_change_set(deps, before, finalized[-1], source))
    return finalized
