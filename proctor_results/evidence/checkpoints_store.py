"""Keeps checkpoints, and knows up to where nothing can appear any more."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from proctor_results.database.connection import Database, Row
from proctor_results.database.statement import Statement
from proctor_results.database.values import dump_json, from_milliseconds, load_json, to_milliseconds
from proctor_results.evidence.checkpoint import RECORD_TYPES, Checkpoint, is_valid_ranges


@dataclass(frozen=True, kw_only=True)
class HighWaterMark:
    """The highest id of each kind that could be seen, and who was writing at that moment.

    PostgreSQL gives out ids before it commits, and in any order: something may still appear below the edge, but only
    while one of those `writers` is at it.
    """

    last_ids: Mapping[str, int]
    active_writers: frozenset[str]


def read_high_water_mark(database: Database) -> HighWaterMark:
    """How far it goes now. Raises LedgerAway."""
    last_ids = dict(zip(RECORD_TYPES, database.fetch(_LAST_IDS)[0], strict=True))
    return HighWaterMark(last_ids=last_ids, active_writers=_active_writers(database))


def writers_finished(database: Database, high_water_mark: HighWaterMark) -> bool:
    """Whether nothing can appear below the edge, because all who were writing then have ended. Raises LedgerAway."""
    return not high_water_mark.active_writers or high_water_mark.active_writers.isdisjoint(
        _active_writers(database)
    )


def _active_writers(database: Database) -> frozenset[str]:
    return frozenset(writer for (writer,) in database.fetch(_ACTIVE_WRITERS))


def load_newest(database: Database) -> Checkpoint | None:
    """The last one written. Raises ValueError where nobody can read it any more, and LedgerAway."""
    return next(map(checkpoint_from_row, database.fetch(_NEWEST)), None)


def load_last_number(database: Database) -> int:
    """The number of the last one written. Raises LedgerAway."""
    number: int = database.fetch(_LAST_NUMBER)[0][0]
    return number


def list_between(
    database: Database, after: Mapping[str, int], high_water_mark: HighWaterMark, limit: int
) -> Iterator[tuple[str, int, str]]:
    """Kind, id and digest of what lies up to the edge, at most `limit` of each kind. Raises LedgerAway."""
    for kind in RECORD_TYPES:
        rows = database.fetch(
            _BETWEEN[kind],
            after=after.get(kind, 0),
            last=high_water_mark.last_ids[kind],
            limit=limit,
        )
        yield from ((kind, record_id, digest) for record_id, digest in rows)


def insert(database: Database, checkpoint: Checkpoint) -> Checkpoint | None:
    """The checkpoint with its number; None where another worker has followed `previous` faster. Raises LedgerAway."""
    rows = database.fetch(
        _INSERT,
        previous_sha256=checkpoint.previous_sha256,
        at=to_milliseconds(checkpoint.at),
        id_ranges=dump_json(checkpoint.id_ranges),
        last_ids=dump_json(checkpoint.last_ids),
        manifest_sha256=checkpoint.manifest_sha256,
    )
    return replace(checkpoint, number=rows[0][0]) if rows else None


def checkpoint_from_row(row: Row) -> Checkpoint:
    """The checkpoint in a row of `COLUMNS`. Raises ValueError where somebody has made something else of it."""
    number, previous_sha256, at, id_ranges, last_ids, digest = row
    try:
        checkpoint = Checkpoint(
            number=number,
            previous_sha256=previous_sha256,
            at=from_milliseconds(at),
            id_ranges={kind: str(load_json(id_ranges)[kind]) for kind in RECORD_TYPES},
            last_ids={kind: int(load_json(last_ids)[kind]) for kind in RECORD_TYPES},
            manifest_sha256=digest,
        )
    except (ValueError, LookupError, TypeError, OverflowError) as error:
        raise ValueError(f"checkpoint {number} cannot be read") from error
    if not all(map(is_valid_ranges, checkpoint.id_ranges.values())):
        raise ValueError(f"checkpoint {number} covers what no checkpoint does")
    return checkpoint


COLUMNS = ("id", "previous_sha256", "at", "id_ranges", "last_ids", "manifest_sha256")

_LAST_IDS = Statement(
    f"SELECT {', '.join(f'(SELECT COALESCE(MAX(id), 0) FROM {kind})' for kind in RECORD_TYPES)}"
)  # constants only

_ACTIVE_WRITERS = Statement(
    "SELECT 1 WHERE 1 = 0",
    postgresql=f"""
SELECT pid || ' ' || virtualtransaction FROM pg_locks
WHERE mode = 'RowExclusiveLock' AND locktype = 'relation'
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND relation IN ({", ".join(f"CAST('{kind}' AS regclass)" for kind in RECORD_TYPES)})
""",  # as above
)

_LAST_NUMBER = Statement("SELECT COALESCE(MAX(id), 0) FROM checkpoint")

_NEWEST = Statement(
    f"SELECT {', '.join(COLUMNS)} FROM checkpoint ORDER BY id DESC LIMIT 1"
)  # as above

_BETWEEN = {
    kind: Statement(
        f"SELECT id, record_sha256 FROM {kind} WHERE id > :after AND id <= :last ORDER BY id LIMIT :limit"
    )  # as above
    for kind in RECORD_TYPES
}

_INSERT = Statement("""
INSERT INTO checkpoint (previous_sha256, at, id_ranges, last_ids, manifest_sha256) VALUES (:previous_sha256, :at, :id_ranges, :last_ids, :manifest_sha256)
ON CONFLICT (previous_sha256) DO NOTHING
RETURNING id
""")
