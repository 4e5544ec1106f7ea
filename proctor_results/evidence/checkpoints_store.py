"""Stores checkpoints, and finds up to which id no record can appear any more."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import peewee

from proctor_results.database.connection import Database
from proctor_results.database.models import Checkpoint as CheckpointRow
from proctor_results.database.statement import Statement
from proctor_results.database.values import load_json
from proctor_results.evidence.checkpoint import RECORD_TYPES, Checkpoint, is_valid_ranges
from proctor_results.formats.times import from_milliseconds


@dataclass(frozen=True, kw_only=True)
class HighWaterMark:
    """The highest visible id of each kind, and the transactions that were writing at that time.

    PostgreSQL assigns ids before the commit, and in any order: a record may still appear below the
    mark, but only while one of those transactions runs.
    """

    last_ids: Mapping[str, int]
    active_writers: frozenset[str]


def read_high_water_mark(database: Database) -> HighWaterMark:
    """Read the mark as it is now. Raises DatabaseUnavailable."""
    last_ids = {kind: last_id(database, kind) for kind in RECORD_TYPES}
    return HighWaterMark(last_ids=last_ids, active_writers=_active_writers(database))


def writers_finished(database: Database, high_water_mark: HighWaterMark) -> bool:
    """Return whether no record can appear below the mark any more. Raises DatabaseUnavailable."""
    return not high_water_mark.active_writers or high_water_mark.active_writers.isdisjoint(
        _active_writers(database)
    )


def last_id(database: Database, table: str) -> int:
    """Return the highest id of a table, 0 where it is empty. Raises DatabaseUnavailable."""
    source = peewee.Table(table)
    (row,) = database.select(source.select(peewee.fn.MAX(source.c.id).alias("last_id")))
    return row["last_id"] or 0


def load_newest(database: Database) -> Checkpoint | None:
    """Return the newest checkpoint.

    Raises ValueError if it was changed into something unreadable, and DatabaseUnavailable.
    """
    rows = database.select(CHECKPOINTS.order_by(_CHECKPOINT.c.id.desc()).limit(1))
    return next(map(checkpoint_from_row, rows), None)


def list_between(
    database: Database, after: Mapping[str, int], last_ids: Mapping[str, int], limit: int
) -> Iterator[tuple[str, int, str]]:
    """Yield kind, id and digest of the records of a range, at most `limit` of each kind.

    Raises DatabaseUnavailable.
    """
    for kind in RECORD_TYPES:
        record = peewee.Table(kind)
        query = record.select(record.c.id, record.c.record_sha256).where(
            record.c.id > after.get(kind, 0), record.c.id <= last_ids[kind]
        )
        for row in database.select(query.order_by(record.c.id).limit(limit)):
            yield kind, row["id"], row["record_sha256"]


def insert(database: Database, checkpoint: Checkpoint) -> Checkpoint | None:
    """Store a checkpoint and return it with its number.

    None if another worker was faster to follow the same one. Raises DatabaseUnavailable.
    """
    query = CheckpointRow.insert(
        previous_sha256=checkpoint.previous_sha256,
        at=checkpoint.at,
        id_ranges=checkpoint.id_ranges,
        last_ids=checkpoint.last_ids,
        manifest_sha256=checkpoint.manifest_sha256,
    ).on_conflict(action="nothing", conflict_target=[CheckpointRow.previous_sha256])
    rows = database.select(query.returning(CheckpointRow.id).tuples())
    return replace(checkpoint, number=rows[0][0]) if rows else None


def checkpoint_from_row(row: Mapping[str, Any]) -> Checkpoint:
    """Read a row of `CHECKPOINTS`. Raises ValueError if it was tampered with."""
    try:
        id_ranges, last_ids = load_json(row["id_ranges"]), load_json(row["last_ids"])
        checkpoint = Checkpoint(
            number=row["id"],
            previous_sha256=row["previous_sha256"],
            at=from_milliseconds(row["at"]),
            id_ranges={kind: str(id_ranges[kind]) for kind in RECORD_TYPES},
            last_ids={kind: int(last_ids[kind]) for kind in RECORD_TYPES},
            manifest_sha256=row["manifest_sha256"],
        )
    except (ValueError, LookupError, TypeError, OverflowError) as error:
        raise ValueError(f"checkpoint {row['id']} cannot be read") from error
    if not all(map(is_valid_ranges, checkpoint.id_ranges.values())):
        raise ValueError(f"checkpoint {row['id']} has ranges that no checkpoint has")
    return checkpoint


def _active_writers(database: Database) -> frozenset[str]:
    return frozenset(writer for (writer,) in database.fetch(_ACTIVE_WRITERS))


_CHECKPOINT = peewee.Table("checkpoint")
CHECKPOINTS = _CHECKPOINT.select(
    *(
        _CHECKPOINT.c[name]
        for name in ("id", "previous_sha256", "at", "id_ranges", "last_ids", "manifest_sha256")
    )
)
"""All checkpoints as they are stored, which a model's fields could not read after tampering."""

_ACTIVE_WRITERS = Statement(
    "SELECT 1 WHERE 1 = 0",  # SQLite has one writer, and assigns ids in the order of commits
    postgresql=f"""
SELECT pid || ' ' || virtualtransaction FROM pg_locks
WHERE mode = 'RowExclusiveLock' AND locktype = 'relation'
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND relation IN ({", ".join(f"CAST('{kind}' AS regclass)" for kind in RECORD_TYPES)})
""",
)
