"""Keeps operators: their role, and the hash of their password."""

from dataclasses import dataclass
from datetime import datetime

from proctor_results.domain.operator import Operator, Role
from proctor_results.store.columns import milliseconds, moment
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An operator with the hash of their password."""

    operator: Operator
    password: str
    added_at: datetime


def add(ledger: Ledger, operator: Operator, password: str, now: datetime) -> bool:
    """False where somebody of that name is known. Raises LedgerAway."""
    values = {"name": operator.name, "role": operator.role, "password": password}
    return bool(ledger.count(_ADD, **values, now=milliseconds(now)))


def find(ledger: Ledger, name: str) -> Kept | None:
    """Raises LedgerAway."""
    rows = ledger.run(_FIND, name=name)
    return _kept(*rows[0]) if rows else None


def everybody(ledger: Ledger) -> list[Kept]:
    """All of them by name. Raises LedgerAway."""
    return [_kept(*row) for row in ledger.run(_EVERYBODY)]


def change_password(ledger: Ledger, name: str, password: str) -> bool:
    """False where nobody has that name. Raises LedgerAway."""
    return bool(ledger.count(_CHANGE_PASSWORD, name=name, password=password))


def remove(ledger: Ledger, name: str) -> bool:
    """False where nobody has that name. Raises LedgerAway."""
    return bool(ledger.count(_REMOVE, name=name))


def _kept(name: str, role: str, password: str, added_at: int) -> Kept:
    return Kept(operator=Operator(name=name, role=Role(role)), password=password, added_at=moment(added_at))


_ADD = Statement("""
INSERT INTO operator (name, role, password, added_at) VALUES (:name, :role, :password, :now)
ON CONFLICT (name) DO NOTHING
""")

_FIND = Statement("SELECT name, role, password, added_at FROM operator WHERE name = :name")

_EVERYBODY = Statement("SELECT name, role, password, added_at FROM operator ORDER BY name")

_CHANGE_PASSWORD = Statement("UPDATE operator SET password = :password WHERE name = :name")

_REMOVE = Statement("DELETE FROM operator WHERE name = :name")
