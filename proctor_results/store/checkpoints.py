"""Keeps checkpoints, and knows up to where nothing can appear any more."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from proctor_results.domain.checkpoint import KINDS, Checkpoint, are_runs
from proctor_results.store.columns import json_text, milliseconds, moment, read_json
from proctor_results.store.ledger import Ledger, Row
from proctor_results.store.statement import Statement


@dataclass(frozen=True, kw_only=True)
class Edge:
    """The highest id of each kind that could be seen, and who was writing at that moment.

    PostgreSQL gives out ids before it commits, and in any order: something may still appear below the edge, but only
    while one of those `writers` is at it.
    """

    last: Mapping[str, int]
    writers: frozenset[str]


def edge(ledger: Ledger) -> Edge:
    """How far it goes now. Raises LedgerAway."""
    last = dict(zip(KINDS, ledger.run(_LAST)[0], strict=True))
    return Edge(last=last, writers=_writers(ledger))


def is_settled(ledger: Ledger, edge: Edge) -> bool:
    """Whether nothing can appear below the edge, because all who were writing then have ended. Raises LedgerAway."""
    return not edge.writers or edge.writers.isdisjoint(_writers(ledger))


def _writers(ledger: Ledger) -> frozenset[str]:
    return frozenset(writer for (writer,) in ledger.run(_WRITERS))


def newest(ledger: Ledger) -> Checkpoint | None:
    """The last one written. Raises ValueError where nobody can read it any more, and LedgerAway."""
    return next(map(checkpoint, ledger.run(_NEWEST)), None)


def last_number(ledger: Ledger) -> int:
    """The number of the last one written. Raises LedgerAway."""
    number: int = ledger.run(_LAST_NUMBER)[0][0]
    return number


def between(ledger: Ledger, after: Mapping[str, int], edge: Edge, limit: int) -> Iterator[tuple[str, int, str]]:
    """Kind, id and digest of what lies up to the edge, at most `limit` of each kind. Raises LedgerAway."""
    for kind in KINDS:
        rows = ledger.run(_BETWEEN[kind], after=after.get(kind, 0), last=edge.last[kind], limit=limit)
        yield from ((kind, number, digest) for number, digest in rows)


def write(ledger: Ledger, checkpoint: Checkpoint) -> Checkpoint | None:
    """The checkpoint with its number; None where another worker has followed `previous` faster. Raises LedgerAway."""
    rows = ledger.run(
        _WRITE,
        previous=checkpoint.previous,
        at=milliseconds(checkpoint.at),
        covers=json_text(checkpoint.covers),
        last=json_text(checkpoint.last),
        digest=checkpoint.digest,
    )
    return replace(checkpoint, number=rows[0][0]) if rows else None


def checkpoint(row: Row) -> Checkpoint:
    """The checkpoint in a row of `COLUMNS`. Raises ValueError where somebody has made something else of it."""
    number, previous, at, covers, last, digest = row
    try:
        read = Checkpoint(
            number=number,
            previous=previous,
            at=moment(at),
            covers={kind: str(read_json(covers)[kind]) for kind in KINDS},
            last={kind: int(read_json(last)[kind]) for kind in KINDS},
            digest=digest,
        )
    except (ValueError, LookupError, TypeError, OverflowError) as error:
        raise ValueError(f"checkpoint {number} cannot be read") from error
    if not all(map(are_runs, read.covers.values())):
        raise ValueError(f"checkpoint {number} covers what no checkpoint does")
    return read


COLUMNS = ("id", "previous", "at", "covers", "last", "digest")

_LAST = Statement(f"SELECT {', '.join(f'(SELECT COALESCE(MAX(id), 0) FROM {kind})' for kind in KINDS)}")  # noqa: S608  # constants only

_WRITERS = Statement(
    "SELECT 1 WHERE 1 = 0",
    postgresql=f"""
SELECT pid || ' ' || virtualtransaction FROM pg_locks
WHERE mode = 'RowExclusiveLock' AND locktype = 'relation'
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND relation IN ({", ".join(f"CAST('{kind}' AS regclass)" for kind in KINDS)})
""",  # noqa: S608  # as above
)

_LAST_NUMBER = Statement("SELECT COALESCE(MAX(id), 0) FROM checkpoint")

_NEWEST = Statement(f"SELECT {', '.join(COLUMNS)} FROM checkpoint ORDER BY id DESC LIMIT 1")  # noqa: S608  # as above

_BETWEEN = {
    kind: Statement(f"SELECT id, digest FROM {kind} WHERE id > :after AND id <= :last ORDER BY id LIMIT :limit")  # noqa: S608  # as above
    for kind in KINDS
}

_WRITE = Statement("""
INSERT INTO checkpoint (previous, at, covers, last, digest) VALUES (:previous, :at, :covers, :last, :digest)
ON CONFLICT (previous) DO NOTHING
RETURNING id
""")
