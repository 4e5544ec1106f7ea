"""Whoever runs the service says who may work with the dashboard."""

from datetime import datetime

from werkzeug.security import generate_password_hash

from proctor_results.domain.operator import Operator
from proctor_results.flows.house import House
from proctor_results.store import operators, sign_ins
from proctor_results.store.operators import Kept

__all__ = ["NOBODYS", "Kept", "add", "change_password", "everybody", "hashed", "remove"]

_METHOD = "scrypt:16384:8:5"
"""As hard as OWASP asks for, with 16 MiB of memory: a web process is meant to be small."""


NOBODYS = f"{_METHOD}$nobody${'0' * 128}"
"""The hash of no password: to compare with takes as long as with anybody's."""


def add(house: House, operator: Operator, password: str, now: datetime) -> bool:
    """False where somebody of that name is known. Raises LedgerAway."""
    kept = hashed(password)
    with house.ledger.transaction():
        return operators.add(house.ledger, operator, kept, now)


def everybody(house: House) -> list[Kept]:
    """All operators by name. Raises LedgerAway."""
    return operators.everybody(house.ledger)


def change_password(house: House, name: str, password: str) -> bool:
    """Changes it, and signs the operator out everywhere; False where nobody has that name. Raises LedgerAway."""
    kept = hashed(password)
    with house.ledger.transaction():
        sign_ins.end_all(house.ledger, name)
        return operators.change_password(house.ledger, name, kept)


def remove(house: House, name: str) -> bool:
    """Removes and signs out; False where nobody has that name. What they did stays. Raises LedgerAway."""
    with house.ledger.transaction():
        sign_ins.end_all(house.ledger, name)
        return operators.remove(house.ledger, name)


def hashed(password: str) -> str:
    return generate_password_hash(password, method=_METHOD)
