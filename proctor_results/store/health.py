"""How much is waiting: for targets, for people, for a verdict. Every question is answered from an index."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from proctor_results.domain.words import HoldKind
from proctor_results.store.columns import moment
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement

STATES = ("waiting", "in_flight", "given_up")
"""Of what a target does not have yet: it waits for a try, a worker is at it, or it was tried too often."""


def oldest_undelivered(ledger: Ledger) -> datetime | None:
    """Since when the longest-waiting delivery has been due."""
    oldest = ledger.run(_OLDEST)[0][0]
    return moment(oldest) if oldest is not None else None


def open_holds(ledger: Ledger) -> Mapping[HoldKind, int]:
    """How many holds of each kind are open; a session may have several."""
    found = Counter[HoldKind]()
    for kinds, sessions in ledger.run(_HELD):
        found.update({HoldKind(kind): sessions for kind in kinds.split(",")})
    return found


def deliveries(ledger: Ledger) -> Mapping[tuple[str, ...], int]:
    """How many deliveries of each target are in each of `STATES`, by (target, state); what is told is in none."""
    in_flight: dict[str, int] = dict(ledger.run(_LEASED))
    waiting = {target: due - in_flight.get(target, 0) for target, due in ledger.run(_DUE)}
    counts = zip(STATES, (waiting, in_flight, dict(ledger.run(_GIVEN_UP))), strict=True)
    return {(target, state): count for state, by_target in counts for target, count in by_target.items()}


def given_up(ledger: Ledger) -> int:
    """How many deliveries a person must look at, of all targets."""
    return sum(count for _, count in ledger.run(_GIVEN_UP))


def unrecognised(ledger: Ledger) -> int:
    """How many receipts wait for a version that knows their status."""
    count: int = ledger.run(_UNRECOGNISED)[0][0]
    return count


_OLDEST = Statement("SELECT MIN(due_since) FROM delivery WHERE delivered IS NULL OR delivered < wanted")

_HELD = Statement("SELECT held, COUNT(*) FROM session WHERE held <> '' GROUP BY held")

_DUE = Statement("SELECT target, COUNT(*) FROM delivery WHERE due_at IS NOT NULL GROUP BY target")

_LEASED = Statement("SELECT target, COUNT(*) FROM delivery WHERE lease IS NOT NULL GROUP BY target")

_GIVEN_UP = Statement("""
SELECT target, COUNT(*) FROM delivery
WHERE due_at IS NULL AND (delivered IS NULL OR delivered < wanted) GROUP BY target
""")

# SQLite takes a partial index only where it sees the condition of it.
_UNRECOGNISED = Statement("""
SELECT COUNT(*) FROM receipt WHERE verdict IN ('unrecognised', 'invalid') AND verdict = 'unrecognised'
""")
