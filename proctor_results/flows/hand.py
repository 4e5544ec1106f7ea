"""A person, or the LMS in somebody's name, does something to a session."""

from collections.abc import Callable
from dataclasses import dataclass

from proctor_results.domain.decision import Origin
from proctor_results.domain.json_value import Json
from proctor_results.domain.session import Session
from proctor_results.domain.words import Act, Cause
from proctor_results.flows.enter import entry, until_written
from proctor_results.flows.house import House
from proctor_results.store import sessions
from proctor_results.store.entries import Entry

Doing = Callable[[Session], Session | None]


@dataclass(frozen=True, kw_only=True)
class Hand:
    """Who acts, and why, in their own words."""

    actor: str
    reason: str

    def origin(self, act: Act, **said: Json) -> Origin:
        """What stands with the decision."""
        return Origin(cause=Cause.PERSON, actor=self.actor, note=self.reason, said={"act": act, **said})


def by_hand(house: House, identifier: str, by: Origin, doing: Doing) -> Session | None:
    """The session after what was done; None where there is none, or nothing was to be done. Raises LedgerAway."""

    def decide() -> Entry:
        before = sessions.find(house.ledger, identifier)
        after = None if before is None else doing(before)
        return Entry() if before is None or after is None else entry(house, before, after, by)

    return until_written(house, decide).session
