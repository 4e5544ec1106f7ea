"""Brings the tables to the version that this code needs."""

from pathlib import Path

from playhouse.migrations import Runner

from proctor_results.store.ledger import Ledger, LedgerAway
from proctor_results.store.statement import Statement

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def upgrade(ledger: Ledger) -> list[str]:
    """Applies every pending migration; their names. Two at once are safe: the second waits, and finds nothing to do."""
    runner = _runner(ledger)
    with ledger.transaction():
        ledger.run(_TAKE_YOUR_TIME)
        ledger.run(_ONE_AT_A_TIME)
        applied: list[str] = runner.up()
    return applied


def status(ledger: Ledger) -> list[tuple[str, bool]]:
    """Every migration's name, and whether it has been applied. Raises LedgerAway."""
    with ledger.transaction():
        return [(each.name, each.applied is not None) for each in _runner(ledger).status()]


def is_current(ledger: Ledger) -> bool:
    """Whether the tables have all that this code needs. Raises LedgerAway where the database cannot be asked.

    They may have more: while a newer version is being rolled out, the older one still works.
    """
    try:
        applied = {name for (name,) in ledger.run(_APPLIED)}
    except LedgerAway:
        ledger.run(_ALIVE)
        return False
    return {path.stem for path in MIGRATIONS.glob("[0-9]*.py")} <= applied


def _runner(ledger: Ledger) -> Runner:
    return Runner(ledger.database, str(MIGRATIONS))


_TAKE_YOUR_TIME = Statement("SELECT 1", postgresql="SET LOCAL statement_timeout = 0")
_ONE_AT_A_TIME = Statement("SELECT 1", postgresql="SELECT pg_advisory_xact_lock(20221123)")
_APPLIED = Statement("SELECT name FROM schema_migration")
_ALIVE = Statement("SELECT 1")
