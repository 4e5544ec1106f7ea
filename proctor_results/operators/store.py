"""Keeps operators: their role, and the hash of their password."""

from dataclasses import dataclass
from datetime import datetime

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.formats.times import from_milliseconds, to_milliseconds
from proctor_results.operators.model import Operator, Role


@dataclass(frozen=True, kw_only=True)
class StoredOperator:
    """An operator with the hash of their password."""

    operator: Operator
    password_hash: str
    added_at: datetime


def add(database: Database, operator: Operator, password_hash: str, now: datetime) -> bool:
    """False where somebody of that name is known. Raises LedgerAway."""
    values = {"name": operator.name, "role": operator.role, "password_hash": password_hash}
    return bool(database.execute(_ADD, **values, now=to_milliseconds(now)))


def get(database: Database, name: str) -> StoredOperator | None:
    """Raises LedgerAway."""
    rows = database.fetch(_GET, name=name)
    return _operator_from_row(*rows[0]) if rows else None


def list_all(database: Database) -> list[StoredOperator]:
    """All of them by name. Raises LedgerAway."""
    return [_operator_from_row(*row) for row in database.fetch(_LIST_ALL)]


def change_password(database: Database, name: str, password_hash: str) -> bool:
    """False where nobody has that name. Raises LedgerAway."""
    return bool(database.execute(_CHANGE_PASSWORD, name=name, password_hash=password_hash))


def remove(database: Database, name: str) -> bool:
    """False where nobody has that name. Raises LedgerAway."""
    return bool(database.execute(_REMOVE, name=name))


def _operator_from_row(name: str, role: str, password_hash: str, added_at: int) -> StoredOperator:
    return StoredOperator(
        operator=Operator(name=name, role=Role(role)),
        password_hash=password_hash,
        added_at=from_milliseconds(added_at),
    )


_ADD = Statement("""
INSERT INTO operator (name, role, password_hash, added_at) VALUES (:name, :role, :password_hash, :now)
ON CONFLICT (name) DO NOTHING
""")

_GET = Statement("SELECT name, role, password_hash, added_at FROM operator WHERE name = :name")

_LIST_ALL = Statement("SELECT name, role, password_hash, added_at FROM operator ORDER BY name")

_CHANGE_PASSWORD = Statement(
    "UPDATE operator SET password_hash = :password_hash WHERE name = :name"
)

_REMOVE = Statement("DELETE FROM operator WHERE name = :name")
