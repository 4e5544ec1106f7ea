"""Keeps who is signed in: the hash of each browser's token, and when it was last used."""

from dataclasses import dataclass
from datetime import datetime

from proctor_results.domain.operator import IDLE, LONGEST, Operator, Role
from proctor_results.store.columns import milliseconds, moment
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """Who is signed in, and when they were last known to be at work."""

    operator: Operator
    seen_at: datetime


def begin(ledger: Ledger, token: str, name: str, password: str, now: datetime) -> bool:
    """Signs in the operator whose password has this hash; False where it was changed meanwhile. Raises LedgerAway.

    Forgets who is signed in no longer.
    """
    ledger.run(_FORGET, **_limits(now))
    return bool(ledger.count(_BEGIN, token=token, name=name, password=password, now=milliseconds(now)))


def find(ledger: Ledger, token: str, now: datetime) -> SignIn | None:
    """Who is signed in with this token. Raises LedgerAway."""
    rows = ledger.run(_FIND, token=token, **_limits(now))
    return _sign_in(*rows[0]) if rows else None


def is_used(ledger: Ledger, token: str, now: datetime) -> None:
    """The operator is at work. Raises LedgerAway."""
    ledger.run(_USE, token=token, now=milliseconds(now))


def end(ledger: Ledger, token: str) -> None:
    """Signs out. Raises LedgerAway."""
    ledger.run(_END, token=token)


def end_all(ledger: Ledger, name: str) -> None:
    """Signs the operator out everywhere. Raises LedgerAway."""
    ledger.run(_END_ALL, name=name)


def _sign_in(name: str, role: str, seen_at: int) -> SignIn:
    return SignIn(operator=Operator(name=name, role=Role(role)), seen_at=moment(seen_at))


def _limits(now: datetime) -> dict[str, object]:
    return {"idle": milliseconds(now - IDLE), "oldest": milliseconds(now - LONGEST)}


_BEGIN = Statement("""
INSERT INTO sign_in (token, operator, began_at, seen_at)
SELECT :token, name, :now, :now FROM operator WHERE name = :name AND password = :password
""")

_FIND = Statement("""
SELECT operator.name, operator.role, sign_in.seen_at FROM sign_in JOIN operator ON operator.name = sign_in.operator
WHERE sign_in.token = :token AND sign_in.seen_at > :idle AND sign_in.began_at > :oldest
""")

_USE = Statement("UPDATE sign_in SET seen_at = :now WHERE token = :token")

_END = Statement("DELETE FROM sign_in WHERE token = :token")

_END_ALL = Statement("DELETE FROM sign_in WHERE operator = :name")

_FORGET = Statement("DELETE FROM sign_in WHERE seen_at <= :idle OR began_at <= :oldest")
