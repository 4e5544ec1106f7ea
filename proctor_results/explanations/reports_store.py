"""Reads what was reported of a session, in the order in which it was judged."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.formats.times import from_milliseconds

PAGE_SIZE = 100
"""A body may have a quarter of a megabyte."""


@dataclass(frozen=True, kw_only=True)
class StoredReport:
    """A report as it came. `met` is the session's revision that it met, `applied` whether it made the next one.

    `replay_of` is the receipt that was fed through again, where that is how it came. The body is None where it was
    pruned.
    """

    receipt_id: int
    received_at: datetime
    base_revision: int
    is_applied: bool
    policy_sha256: str
    replay_of: int | None
    body: bytes | None


def list_for_session(database: Database, identifier: str) -> Iterator[StoredReport]:
    """The reports that were judged. Raises LedgerAway."""
    after = 0
    while rows := database.fetch(_LIST, identifier=identifier, after=after, limit=PAGE_SIZE):
        for (
            chain_position,
            receipt_id,
            received_at,
            base_revision,
            result,
            policy_sha256,
            replay_of,
            body,
            pruned_at,
        ) in rows:
            after = chain_position
            yield StoredReport(
                receipt_id=receipt_id,
                received_at=from_milliseconds(received_at),
                base_revision=base_revision,
                is_applied=result == "applied",
                policy_sha256=policy_sha256,
                replay_of=replay_of,
                body=None if pruned_at is not None else bytes(body),
            )


_LIST = Statement("""
SELECT chain_position, id, received_at, revision, result, policy_sha256, replay_of, body, pruned_at FROM receipt
WHERE identifier = :identifier AND chain_position > :after AND revision IS NOT NULL AND content_sha256 IS NOT NULL
  AND result IN ('applied', 'stale')
ORDER BY chain_position LIMIT :limit
""")
