"""Reads stored receipts, to be fed through again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from proctor_results.database.connection import Database, Row
from proctor_results.database.statement import Statement
from proctor_results.formats.times import to_milliseconds

PAGE_SIZE = 200
ID_STEP = 500


@dataclass(frozen=True, kw_only=True)
class StoredReceipt:
    """A receipt as it was kept; the body is None where it was pruned or erased."""

    receipt_id: int
    vendor: str
    identifier: str | None
    body: bytes | None
    sha256: str


def get(database: Database, receipt_id: int) -> StoredReceipt | None:
    """The receipt with that number. Raises LedgerAway."""
    return next(map(_receipt_from_row, database.fetch(_GET, number=receipt_id)), None)


def last_id(database: Database) -> int:
    """The highest number there is. Raises LedgerAway."""
    highest_id: int = database.fetch(_LAST_ID)[0][0]
    return highest_id


def list_between(
    database: Database,
    since: datetime,
    before: datetime,
    up_to: int,
    on_progress: Callable[[int], None],
) -> Iterator[StoredReceipt]:
    """Those received from `since` on and `before`. What was made by a replay is none of them. Raises LedgerAway.

    `read` is told of each step towards the number `upto`.
    """
    times = {"since": to_milliseconds(since), "before": to_milliseconds(before)}
    for after in range(0, up_to, ID_STEP):
        until = min(after + ID_STEP, up_to)
        yield from map(
            _receipt_from_row, database.fetch(_LIST_BETWEEN, after=after, until=until, **times)
        )
        on_progress(until - after)


def count_unrecognised(database: Database) -> int:
    """How many had a status that nobody knew. Raises LedgerAway."""
    count: int = database.fetch(_COUNT_UNRECOGNISED)[0][0]
    return count


def list_unrecognised(
    database: Database, on_progress: Callable[[int], None]
) -> Iterator[StoredReceipt]:
    """Those; `read` is told how many more have been read. Raises LedgerAway."""
    after = 0
    while rows := database.fetch(_LIST_UNRECOGNISED, after=after, limit=PAGE_SIZE):
        yield from map(_receipt_from_row, rows)
        on_progress(len(rows))
        after = rows[-1][0]


def is_superseded(database: Database, identifier: str, receipt_id: int) -> bool:
    """Whether any report that came after that receipt was taken into account. Raises LedgerAway."""
    return bool(database.fetch(_IS_SUPERSEDED, identifier=identifier, number=receipt_id))


def _receipt_from_row(row: Row) -> StoredReceipt:
    receipt_id, vendor, identifier, body, sha256, body_removed = row
    return StoredReceipt(
        receipt_id=receipt_id,
        vendor=vendor,
        identifier=identifier,
        body=None if body_removed else bytes(body),
        sha256=sha256,
    )


_SELECT = """
SELECT id, vendor, identifier, body, body_sha256, pruned_at IS NOT NULL OR erased_at IS NOT NULL
FROM receipt WHERE replay_of IS NULL
"""

_GET = Statement(f"{_SELECT} AND id = :number")

_LAST_ID = Statement("SELECT COALESCE(MAX(id), 0) FROM receipt")

_LIST_BETWEEN = Statement(f"""
{_SELECT} AND id > :after AND id <= :until AND received_at >= :since AND received_at < :before ORDER BY id
""")

_COUNT_UNRECOGNISED = Statement("SELECT COUNT(*) FROM receipt WHERE result = 'unrecognised'")

_LIST_UNRECOGNISED = Statement(f"""
{_SELECT} AND result = 'unrecognised' AND id > :after ORDER BY id LIMIT :limit
""")

# A receipt that was made by feeding another through again came when that one did.
_IS_SUPERSEDED = Statement("""
SELECT 1 FROM receipt
WHERE identifier = :identifier AND result = 'applied' AND content_sha256 IS NOT NULL
  AND COALESCE(replay_of, id) > :number LIMIT 1
""")
