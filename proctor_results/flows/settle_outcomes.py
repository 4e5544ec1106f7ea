"""An outcome has not changed for as long as outcomes settle: it is final now, and the LMS must be told so."""

from datetime import datetime

from proctor_results.domain.decision import Origin
from proctor_results.domain.session import Session
from proctor_results.domain.settling import settled
from proctor_results.domain.words import Cause
from proctor_results.flows.enter import entry, is_written, keep_policy
from proctor_results.flows.house import House
from proctor_results.store import sessions


def settle_outcomes(house: House, limit: int, now: datetime) -> list[Session]:
    """Makes at most `limit` outcomes final that have settled; the sessions as they are then.

    They are taken and made final in one transaction: two workers never settle one twice, and a change that comes first
    wins. Raises LedgerAway.
    """
    if not sessions.has_settled(house.ledger, now):
        return []
    keep_policy(house)
    with house.ledger.transaction():
        taken = [(each, settled(each, now)) for each in sessions.take_settled(house.ledger, now, limit)]
        return [final for before, final in taken if _is_written(house, before, final)]


def _is_written(house: House, before: Session, final: Session) -> bool:
    return is_written(house, entry(house, before, final, Origin(cause=Cause.SETTLED)))
