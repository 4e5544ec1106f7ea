"""Whoever runs the service says who may work with the dashboard."""

from datetime import datetime

from werkzeug.security import generate_password_hash

from proctor_results.dependencies import Dependencies
from proctor_results.operators import sign_ins_store
from proctor_results.operators import store as operator_store
from proctor_results.operators.model import Operator
from proctor_results.operators.store import StoredOperator

__all__ = [
    "DUMMY_PASSWORD_HASH",
    "StoredOperator",
    "add_operator",
    "change_password",
    "hash_password",
    "list_operators",
    "remove_operator",
]

_HASH_METHOD = "scrypt:16384:8:5"
"""As hard as OWASP asks for, with 16 MiB of memory: a web process is meant to be small."""


DUMMY_PASSWORD_HASH = f"{_HASH_METHOD}$nobody${'0' * 128}"
"""The hash of no password: to compare with takes as long as with anybody's."""


def add_operator(deps: Dependencies, operator: Operator, password: str, now: datetime) -> bool:
    """False where somebody of that name is known. Raises LedgerAway."""
    password_hash = hash_password(password)
    with deps.database.transaction():
        return operator_store.add(deps.database, operator, password_hash, now)


def list_operators(deps: Dependencies) -> list[StoredOperator]:
    """All operators by name. Raises LedgerAway."""
    return operator_store.list_all(deps.database)


def change_password(deps: Dependencies, name: str, password: str) -> bool:
    """Changes it, and signs the operator out everywhere; False where nobody has that name. Raises LedgerAway."""
    password_hash = hash_password(password)
    with deps.database.transaction():
        sign_ins_store.delete_all_of(deps.database, name)
        return operator_store.change_password(deps.database, name, password_hash)


def remove_operator(deps: Dependencies, name: str) -> bool:
    """Removes and signs out; False where nobody has that name. What they did stays. Raises LedgerAway."""
    with deps.database.transaction():
        sign_ins_store.delete_all_of(deps.database, name)
        return operator_store.remove(deps.database, name)


def hash_password(password: str) -> str:
    return generate_password_hash(password, method=_HASH_METHOD)
