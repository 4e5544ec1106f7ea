"""What targets do not have yet, as far as somebody asks for it."""

from dataclasses import dataclass
from datetime import datetime

from proctor_results.store.columns import milliseconds
from proctor_results.store.deliveries import UNDELIVERED, Undelivered, undelivered_of
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement


@dataclass(frozen=True, kw_only=True)
class Which:
    """Which deliveries are meant; what is None does not matter. `state` is one of `health.STATES`.

    `since` and `until` bound since when they have been due.
    """

    target: str | None = None
    topic: str | None = None
    state: str | None = None
    session: str | None = None
    student: str | None = None
    exam: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def values(self) -> dict[str, object]:
        """As statements take them."""
        moments = {
            name: milliseconds(at) if at else None for name, at in (("since", self.since), ("until", self.until))
        }
        return {**vars(self), **moments}


def show(ledger: Ledger, which: Which, limit: int) -> list[Undelivered]:
    """The longest due first."""
    return [undelivered_of(row) for row in ledger.run(_SHOW, **which.values, limit=limit)]


def count(ledger: Ledger, which: Which) -> int:
    """How many there are."""
    found: int = ledger.run(_COUNT, **which.values)[0][0]
    return found


def revive(ledger: Ledger, which: Which, now: datetime) -> int:
    """Makes them due at once, with all tries before them, but for what is in the air."""
    return ledger.count(_REVIVE, **which.values, now=milliseconds(now))


def drop(ledger: Ledger, target: str, limit: int) -> int:
    """Forgets at most so many deliveries of a target with their attempts; how many. Call it in a transaction."""
    ledger.run(_DROP_ATTEMPTS, target=target, limit=limit)
    return ledger.count(_DROP, target=target, limit=limit)


_MEANT = """
(delivery.delivered IS NULL OR delivery.delivered < delivery.wanted)
AND (CAST(:target AS TEXT) IS NULL OR delivery.target = :target)
AND (CAST(:topic AS TEXT) IS NULL OR delivery.topic = :topic)
AND (CAST(:session AS TEXT) IS NULL OR session.identifier = :session)
AND (CAST(:student AS TEXT) IS NULL OR session.student = :student)
AND (CAST(:exam AS TEXT) IS NULL OR session.exam = :exam)
AND (CAST(:since AS BIGINT) IS NULL OR delivery.due_since >= CAST(:since AS BIGINT))
AND (CAST(:until AS BIGINT) IS NULL OR delivery.due_since <= CAST(:until AS BIGINT))
AND (CAST(:state AS TEXT) IS NULL OR :state = CASE
  WHEN delivery.lease IS NOT NULL THEN 'in_flight' WHEN delivery.due_at IS NULL THEN 'given_up' ELSE 'waiting' END)
"""

_FROM = f"FROM delivery JOIN session ON session.id = delivery.session_id WHERE {_MEANT}"

_SHOW = Statement(f"{UNDELIVERED} WHERE {_MEANT} ORDER BY delivery.due_since LIMIT :limit")  # constants only

_COUNT = Statement(f"SELECT COUNT(*) {_FROM}")

_REVIVE = Statement(f"""
UPDATE delivery SET due_at = :now, due_since = :now, failed = 0
WHERE lease IS NULL AND id IN (SELECT delivery.id {_FROM})
""")  # noqa: S608  # as above

_SOME = "SELECT id FROM delivery WHERE target = :target ORDER BY id LIMIT :limit"

_DROP_ATTEMPTS = Statement(f"DELETE FROM attempt WHERE delivery_id IN ({_SOME})")  # noqa: S608  # as above

_DROP = Statement(f"DELETE FROM delivery WHERE id IN ({_SOME})")  # noqa: S608  # as above
