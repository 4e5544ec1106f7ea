"""Says when an outcome becomes final: once it has not changed for as long as outcomes settle."""

from dataclasses import replace
from datetime import datetime, timedelta

from proctor_results.sessions.enums import Outcome
from proctor_results.sessions.model import Session


def start_finality_window(before: Session, after: Session, final_after: timedelta) -> Session:
    """The session after a judgement, with the moment from which on its outcome is final.

    Another outcome begins to settle anew, and without a settle time it is final at once; the same one settles on. A
    change of an outcome that was final is a revision, and is called so from then on.
    """
    if after.outcome is before.outcome:
        return after
    final_at = (
        after.updated_at + final_after
        if final_after and after.outcome is not Outcome.PENDING
        else None
    )
    return replace(after, final_at=final_at, revised=before.revised or before.final)


def finalize(session: Session, now: datetime) -> Session:
    """The session whose outcome has become final. An outcome that settles at this very moment has settled."""
    return replace(session, final_at=None).next_revision(session, now)
