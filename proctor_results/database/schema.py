"""Upgrades the tables to the version that this code needs."""

from pathlib import Path

from playhouse.migrations import Runner

from proctor_results.database.connection import Database, DatabaseUnavailable
from proctor_results.database.statement import Statement

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def upgrade(database: Database) -> list[str]:
    """Apply every pending migration; return their names. Raises DatabaseUnavailable.

    Two at once are safe: the second waits, and then finds nothing to do.
    """
    runner = _migration_runner(database)
    with database.transaction():
        database.fetch(_DISABLE_TIMEOUT)
        database.fetch(_LOCK_MIGRATIONS)
        applied: list[str] = runner.up()
    return applied


def migration_status(database: Database) -> list[tuple[str, bool]]:
    """Return each migration's name, and whether it was applied. Raises DatabaseUnavailable."""
    with database.transaction():
        return [
            (migration.name, migration.applied is not None)
            for migration in _migration_runner(database).status()
        ]


def is_current(database: Database) -> bool:
    """Whether the tables have all that this code needs; they may have more."""
    try:
        applied = {name for (name,) in database.fetch(_APPLIED_MIGRATIONS)}
    except DatabaseUnavailable:
        database.fetch(_PING)
        return False
    return {path.stem for path in MIGRATIONS.glob("[0-9]*.py")} <= applied


def _migration_runner(database: Database) -> Runner:
    return Runner(database.peewee_database, str(MIGRATIONS))


_DISABLE_TIMEOUT = Statement("SELECT 1", postgresql="SET LOCAL statement_timeout = 0")
_LOCK_MIGRATIONS = Statement("SELECT 1", postgresql="SELECT pg_advisory_xact_lock(20221123)")
_APPLIED_MIGRATIONS = Statement("SELECT name FROM schema_migration")
_PING = Statement("SELECT 1")
