"""Reads what was reported of a session, in the order in which it was judged."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from proctor_results.store.columns import moment
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement

PAGE = 100
"""A body may have a quarter of a megabyte."""


@dataclass(frozen=True, kw_only=True)
class Reported:
    """A report as it came. `met` is the session's revision that it met, `applied` whether it made the next one.

    `replay_of` is the receipt that was fed through again, where that is how it came. The body is None where it was
    pruned.
    """

    number: int
    received_at: datetime
    met: int
    applied: bool
    policy_sha256: str
    replay_of: int | None
    body: bytes | None


def of(ledger: Ledger, identifier: str) -> Iterator[Reported]:
    """The reports that were judged. Raises LedgerAway."""
    after = 0
    while rows := ledger.run(_OF, identifier=identifier, after=after, limit=PAGE):
        for place, number, received_at, met, verdict, policy, replay_of, body, pruned_at in rows:
            after = place
            yield Reported(
                number=number,
                received_at=moment(received_at),
                met=met,
                applied=verdict == "applied",
                policy_sha256=policy,
                replay_of=replay_of,
                body=None if pruned_at is not None else bytes(body),
            )


_OF = Statement("""
SELECT place, id, received_at, revision, verdict, policy_sha256, replay_of, body, pruned_at FROM receipt
WHERE identifier = :identifier AND place > :after AND revision IS NOT NULL AND content IS NOT NULL
  AND verdict IN ('applied', 'stale')
ORDER BY place LIMIT :limit
""")
