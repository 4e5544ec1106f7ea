"""Adds, lists and removes operators, and changes their passwords."""

from datetime import datetime

from werkzeug.security import generate_password_hash

from proctor_results.dependencies import Dependencies
from proctor_results.operators import store
from proctor_results.operators.model import Operator

_HASH_METHOD = "scrypt:16384:8:5"
"""As strong as OWASP recommends, with 16 MiB of memory: a web process is meant to be small."""

DUMMY_PASSWORD_HASH = f"{_HASH_METHOD}$none${'0' * 128}"
"""The hash of no password: comparing with it takes as long as with an operator's."""


def add_operator(deps: Dependencies, operator: Operator, password: str, now: datetime) -> bool:
    """Return False if an operator has that name already. Raises DatabaseUnavailable."""
    password_hash = hash_password(password)
    with deps.database.transaction():
        return store.add(deps.database, operator, password_hash, now)


def change_password(deps: Dependencies, name: str, password: str) -> bool:
    """Change the password and end all sign-ins of the operator. Raises DatabaseUnavailable.

    Return False if no operator has that name.
    """
    password_hash = hash_password(password)
    with deps.database.transaction():
        store.delete_sign_ins_of(deps.database, name)
        return store.change_password(deps.database, name, password_hash)


def remove_operator(deps: Dependencies, name: str) -> bool:
    """Remove the operator and end their sign-ins; their decisions stay. Raises DatabaseUnavailable.

    Return False if no operator has that name.
    """
    with deps.database.transaction():
        store.delete_sign_ins_of(deps.database, name)
        return store.remove(deps.database, name)


def hash_password(password: str) -> str:
    return generate_password_hash(password, method=_HASH_METHOD)
