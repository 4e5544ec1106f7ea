"""A front door is open: note it, so that silence counts only while somebody listens."""

from datetime import datetime

from proctor_results.flows.house import House
from proctor_results.store import hearing


def listen(house: House, heard_at: datetime | None, now: datetime, *, missed: bool = False) -> None:
    """`heard_at` is when a heartbeat last came to this door, `missed` whether one came that could not be written down.

    Raises LedgerAway.
    """
    house.ledger.enter(lambda: hearing.note(house.ledger, heard_at, house.rhythm, now, missed=missed))
