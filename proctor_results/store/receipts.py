"""Reads stored receipts, to be fed through again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from proctor_results.store.columns import milliseconds
from proctor_results.store.ledger import Ledger, Row
from proctor_results.store.statement import Statement

PAGE = 200
STRIDE = 500


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A receipt as it was kept; the body is None where it was pruned or erased."""

    number: int
    vendor: str
    identifier: str | None
    body: bytes | None
    sha256: str


def find(ledger: Ledger, number: int) -> Stored | None:
    """The receipt with that number. Raises LedgerAway."""
    return next(map(_stored, ledger.run(_FIND, number=number)), None)


def last(ledger: Ledger) -> int:
    """The highest number there is. Raises LedgerAway."""
    number: int = ledger.run(_LAST)[0][0]
    return number


def between(
    ledger: Ledger, since: datetime, before: datetime, upto: int, read: Callable[[int], None]
) -> Iterator[Stored]:
    """Those received from `since` on and `before`. What was made by a replay is none of them. Raises LedgerAway.

    `read` is told of each step towards the number `upto`.
    """
    times = {"since": milliseconds(since), "before": milliseconds(before)}
    for after in range(0, upto, STRIDE):
        until = min(after + STRIDE, upto)
        yield from map(_stored, ledger.run(_BETWEEN, after=after, until=until, **times))
        read(until - after)


def count_unrecognised(ledger: Ledger) -> int:
    """How many had a status that nobody knew. Raises LedgerAway."""
    count: int = ledger.run(_COUNT)[0][0]
    return count


def unrecognised(ledger: Ledger, read: Callable[[int], None]) -> Iterator[Stored]:
    """Those; `read` is told how many more have been read. Raises LedgerAway."""
    after = 0
    while rows := ledger.run(_UNRECOGNISED, after=after, limit=PAGE):
        yield from map(_stored, rows)
        read(len(rows))
        after = rows[-1][0]


def is_overtaken(ledger: Ledger, identifier: str, number: int) -> bool:
    """Whether any report that came after that receipt was taken into account. Raises LedgerAway."""
    return bool(ledger.run(_OVERTAKEN, identifier=identifier, number=number))


def _stored(row: Row) -> Stored:
    number, vendor, identifier, body, sha256, emptied = row
    return Stored(
        number=number, vendor=vendor, identifier=identifier, body=None if emptied else bytes(body), sha256=sha256
    )


_SELECT = """
SELECT id, vendor, identifier, body, sha256, pruned_at IS NOT NULL OR erased_at IS NOT NULL
FROM receipt WHERE replay_of IS NULL
"""

_FIND = Statement(f"{_SELECT} AND id = :number")

_LAST = Statement("SELECT COALESCE(MAX(id), 0) FROM receipt")

_BETWEEN = Statement(f"""
{_SELECT} AND id > :after AND id <= :until AND received_at >= :since AND received_at < :before ORDER BY id
""")

_COUNT = Statement("SELECT COUNT(*) FROM receipt WHERE verdict = 'unrecognised'")

_UNRECOGNISED = Statement(f"""
{_SELECT} AND verdict = 'unrecognised' AND id > :after ORDER BY id LIMIT :limit
""")

# A receipt that was made by feeding another through again came when that one did.
_OVERTAKEN = Statement("""
SELECT 1 FROM receipt
WHERE identifier = :identifier AND verdict = 'applied' AND content IS NOT NULL
  AND COALESCE(replay_of, id) > :number LIMIT 1
""")
