"""Says when an outcome becomes final: once it has not changed for as long as outcomes settle."""

from dataclasses import replace
from datetime import datetime, timedelta

from proctor_results.domain.session import Session
from proctor_results.domain.words import Outcome


def settling(before: Session, after: Session, settle: timedelta) -> Session:
    """The session after a judgement, with the moment from which on its outcome is final.

    Another outcome begins to settle anew, and without a settle time it is final at once; the same one settles on. A
    change of an outcome that was final is a revision, and is called so from then on.
    """
    if after.outcome is before.outcome:
        return after
    settles_at = after.updated_at + settle if settle and after.outcome is not Outcome.PENDING else None
    return replace(after, settles_at=settles_at, revised=before.revised or before.final)


def settled(session: Session, now: datetime) -> Session:
    """The session whose outcome has become final. An outcome that settles at this very moment has settled."""
    return replace(session, settles_at=None).following(session, now)
