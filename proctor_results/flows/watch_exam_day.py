"""An operator watches an exam day: who is there, who has fallen silent, what is locked, what could not be told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from proctor_results.domain.words import HoldKind
from proctor_results.flows.check_readiness import Readiness, check_readiness
from proctor_results.flows.house import House
from proctor_results.store import deliveries, exam_day, listing, targets
from proctor_results.store.deliveries import Undelivered
from proctor_results.store.exam_day import MOST, Quiet
from proctor_results.store.listing import Listed, Wanted
from proctor_results.store.targets import TargetState

__all__ = ["MOST", "ExamDay", "watch_exam_day"]

NAMED = 10
"""So many of each are named; the rest are counted."""


@dataclass(frozen=True, kw_only=True)
class ExamDay:
    """Numbers, of which none goes beyond `MOST`, and the first of each by name.

    `live` pages were heard from within two beats, `quiet` ones were not and will be locked; `locked` exams are those
    of the newest sessions, `kinds` their holds. `undelivered` deliveries wait; `given_up` ones wait for a person.
    """

    live: int
    quiet: int
    locked: int
    kinds: Mapping[HoldKind, int]
    undelivered: int
    given_up: int
    quietest: tuple[Quiet, ...]
    newest_locked: tuple[Listed, ...]
    longest_due: tuple[Undelivered, ...]
    targets: Mapping[str, TargetState]
    readiness: Readiness


def watch_exam_day(house: House, now: datetime) -> ExamDay:
    """The day as it is now. Raises LedgerAway."""
    ledger = house.ledger
    heard_lately = house.rhythm.deadline(now - 2 * house.rhythm.every)
    locked, kinds = exam_day.locked(ledger)
    return ExamDay(
        live=exam_day.live(ledger, heard_lately),
        quiet=exam_day.quiet(ledger, heard_lately),
        locked=locked,
        kinds=kinds,
        undelivered=exam_day.undelivered(ledger),
        given_up=exam_day.given_up(ledger),
        quietest=tuple(exam_day.quietest(ledger, heard_lately, NAMED)),
        newest_locked=listing.find(ledger, Wanted(held="any"), None, NAMED).found,
        longest_due=tuple(deliveries.undelivered(ledger, NAMED)),
        targets={target.name: targets.state(ledger, target.name) for target in house.targets},
        readiness=check_readiness(house, now),
    )
