"""A browser has fallen silent: lock the exam, and have the LMS told."""

from datetime import datetime

from proctor_results.domain.acts import fell_silent
from proctor_results.domain.decision import Origin
from proctor_results.domain.rhythm import silence
from proctor_results.domain.session import Session
from proctor_results.domain.words import Cause
from proctor_results.flows.enter import entry, is_written, keep_policy, until
from proctor_results.flows.house import House
from proctor_results.flows.record_heartbeat import LISTENED_FOR
from proctor_results.store import hearing, sessions, watches
from proctor_results.store.watches import Overdue


def lock_silent(house: House, limit: int, now: datetime) -> list[str]:
    """Locks at most `limit` sessions whose deadline has passed while they ran; their identifiers.

    Taking a session and locking it is one transaction, so two workers never lock it twice, and a heartbeat that comes
    before the commit of either is not lost. Raises LedgerAway.
    """
    by = house.rhythm.overdue_before(hearing.state(house.ledger), now)
    if by is None or not watches.is_overdue(house.ledger, by):
        return []
    keep_policy(house)
    with house.ledger.transaction():
        taken = watches.take_overdue(house.ledger, by, limit)
        known = sessions.find_all(house.ledger, (each.identifier for each in taken))
        return [each.identifier for each in taken if _is_locked(house, known.get(each.identifier), each, now)]


def _is_locked(house: House, session: Session | None, overdue: Overdue, now: datetime) -> bool:
    """Locks one session, unless it has ended: then nobody needs to be heard from."""

    def lock(session: Session | None) -> bool | None:
        if session is None or session.status not in LISTENED_FOR:
            return False
        return _is_written(house, session, overdue, now) or None

    locked = lock(session)
    return until(lambda: lock(sessions.find(house.ledger, overdue.identifier))) if locked is None else locked


def _is_written(house: House, session: Session, overdue: Overdue, now: datetime) -> bool:
    reason = silence(overdue.heard_at, now, house.rhythm)
    after = fell_silent(session, overdue.launch, reason, now)
    said = {"launch": overdue.launch, "measured": reason.measured, "bar": reason.bar}
    return is_written(house, entry(house, session, after, Origin(cause=Cause.SILENCE, said=said)))
