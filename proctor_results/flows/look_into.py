"""An operator looks into a session: all that is known about it, in one place."""

from dataclasses import dataclass

from proctor_results.domain.policy import ExamPolicy
from proctor_results.domain.session import Session
from proctor_results.flows.house import House
from proctor_results.store import decisions, history, sessions, watches
from proctor_results.store.attempts import Attempt
from proctor_results.store.decisions import Decided
from proctor_results.store.history import Arrival, Duty, Original, Totals
from proctor_results.store.watches import Watch

__all__ = ["Arrival", "Attempt", "Decided", "Dossier", "Duty", "Original", "look_at_receipt", "look_into"]

NEWEST = 200
"""So many receipts, decisions and attempts are shown, the newest ones."""


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """A session with the policy of its exam, how it is listened for, what came in, was decided, and was told.

    Of the latter it has the newest, and says of how many.
    """

    session: Session
    policy: ExamPolicy
    watch: Watch | None
    decisions: tuple[Decided, ...]
    arrivals: tuple[Arrival, ...]
    duties: tuple[Duty, ...]
    totals: Totals


def look_into(house: House, identifier: str) -> Dossier | None:
    """None where there is no such session. Raises LedgerAway."""
    session = sessions.find(house.ledger, identifier)
    if session is None:
        return None
    return Dossier(
        session=session,
        policy=house.policy.of(session),
        watch=watches.find(house.ledger, identifier),
        decisions=tuple(decisions.newest(house.ledger, identifier, NEWEST)),
        arrivals=tuple(history.arrivals(house.ledger, identifier, NEWEST)),
        duties=tuple(history.duties(house.ledger, identifier, NEWEST)),
        totals=history.totals(house.ledger, identifier),
    )


def look_at_receipt(house: House, identifier: str, receipt: int) -> Original | None:
    """What came in by that receipt of the session. Raises LedgerAway."""
    return history.original(house.ledger, identifier, receipt)
