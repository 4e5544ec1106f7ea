"""How much is waiting: for targets, for people, for a verdict. Every question is answered from an index."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.deliveries.model import DeliveryState
from proctor_results.formats.times import from_milliseconds
from proctor_results.sessions.enums import HoldKind

DELIVERY_STATES = tuple(DeliveryState)


def oldest_pending_since(database: Database) -> datetime | None:
    """Since when the longest-waiting delivery has been due."""
    pending_since = database.fetch(_OLDEST_PENDING)[0][0]
    return from_milliseconds(pending_since) if pending_since is not None else None


def count_open_holds(database: Database) -> Mapping[HoldKind, int]:
    """How many holds of each kind are open; a session may have several."""
    counts_by_kind = Counter[HoldKind]()
    for hold_kinds, session_count in database.fetch(_COUNT_OPEN_HOLDS):
        counts_by_kind.update({HoldKind(kind): session_count for kind in hold_kinds.split(",")})
    return counts_by_kind


def count_deliveries(database: Database) -> Mapping[tuple[str, ...], int]:
    """How many deliveries of each target are in each of `STATES`, by (target, state); what is told is in none."""
    in_flight: dict[str, int] = dict(database.fetch(_COUNT_LEASED))
    waiting = {
        target: due_count - in_flight.get(target, 0)
        for target, due_count in database.fetch(_COUNT_DUE)
    }
    counts = zip(
        DELIVERY_STATES, (waiting, in_flight, dict(database.fetch(_COUNT_FAILED))), strict=True
    )
    return {
        (target, state): count for state, by_target in counts for target, count in by_target.items()
    }


def count_failed(database: Database) -> int:
    """How many deliveries a person must look at, of all targets."""
    return sum(count for _, count in database.fetch(_COUNT_FAILED))


def count_unrecognised(database: Database) -> int:
    """How many receipts wait for a version that knows their status."""
    count: int = database.fetch(_COUNT_UNRECOGNISED)[0][0]
    return count


_OLDEST_PENDING = Statement(
    "SELECT MIN(pending_since) FROM delivery WHERE delivered_revision IS NULL OR delivered_revision < desired_revision"
)

_COUNT_OPEN_HOLDS = Statement(
    "SELECT open_hold_kinds, COUNT(*) FROM session WHERE open_hold_kinds <> '' GROUP BY open_hold_kinds"
)

_COUNT_DUE = Statement(
    "SELECT target, COUNT(*) FROM delivery WHERE next_attempt_at IS NOT NULL GROUP BY target"
)

_COUNT_LEASED = Statement(
    "SELECT target, COUNT(*) FROM delivery WHERE lease_token IS NOT NULL GROUP BY target"
)

_COUNT_FAILED = Statement("""
SELECT target, COUNT(*) FROM delivery
WHERE next_attempt_at IS NULL AND (delivered_revision IS NULL OR delivered_revision < desired_revision) GROUP BY target
""")

# SQLite takes a partial index only where it sees the condition of it.
_COUNT_UNRECOGNISED = Statement("""
SELECT COUNT(*) FROM receipt WHERE result IN ('unrecognised', 'invalid') AND result = 'unrecognised'
""")
