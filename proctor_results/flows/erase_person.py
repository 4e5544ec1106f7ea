"""A person's data is erased; what was received and decided can still be verified, but not read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from proctor_results.flows.house import House
from proctor_results.store import erasing


@dataclass(frozen=True, kw_only=True)
class Found:
    """What there is of somebody: sessions by identifier, of these the ones not at rest and why, and stray receipts."""

    sessions: tuple[str, ...]
    busy: tuple[tuple[str, str], ...]
    strays: tuple[int, ...]


def find_person(house: House, student: str | None, identifier: str | None) -> Found:
    """What is known of a student, or of one session, and receipts that nobody understood in which they are named.

    Raises LedgerAway.
    """
    ledger = house.ledger
    sessions = erasing.sessions_of(ledger, student) if student else []
    strays = list(erasing.strays(ledger, student)) if student else []
    named = [each for _, each in strays if each is not None]
    given = [identifier] if identifier and erasing.is_known(ledger, identifier) else []
    every = tuple(dict.fromkeys([*sessions, *named, *given]))
    busy = tuple((each, why) for each in every for why in _why_busy(house, each))
    return Found(sessions=every, busy=busy, strays=tuple(number for number, each in strays if each is None))


def erase(house: House, found: Found, actor: str, now: datetime) -> int:
    """Erases it, a session in each transaction; how many receipts were emptied. Raises LedgerAway."""
    emptied = 0
    for identifier in found.sessions:
        with house.ledger.transaction():
            emptied += erasing.erase(house.ledger, [identifier], actor, now)
    with house.ledger.transaction():
        for number in found.strays:
            erasing.erase_stray(house.ledger, number, now)
    erasing.sweep(house.ledger)
    return emptied + len(found.strays)


def _why_busy(house: House, identifier: str) -> Iterable[str]:
    held = erasing.held(house.ledger, identifier)
    if held:
        yield f"locked: {held}"
    undelivered = erasing.undelivered(house.ledger, identifier)
    if undelivered:
        yield f"{undelivered} messages not delivered"
