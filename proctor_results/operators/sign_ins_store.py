"""Keeps who is signed in: the hash of each browser's token, and when it was last used."""

from dataclasses import dataclass
from datetime import datetime

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.formats.times import from_milliseconds, to_milliseconds
from proctor_results.operators.model import IDLE_TIMEOUT, MAX_SIGN_IN, Operator, Role


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """Who is signed in, and when they were last known to be at work."""

    operator: Operator
    last_seen_at: datetime


def create(database: Database, token: str, name: str, password_hash: str, now: datetime) -> bool:
    """Signs in the operator whose password has this hash; False where it was changed meanwhile. Raises LedgerAway.

    Forgets who is signed in no longer.
    """
    database.fetch(_DELETE_EXPIRED, **_expiry_parameters(now))
    return bool(
        database.execute(
            _CREATE, token=token, name=name, password_hash=password_hash, now=to_milliseconds(now)
        )
    )


def get(database: Database, token: str, now: datetime) -> SignIn | None:
    """Who is signed in with this token. Raises LedgerAway."""
    rows = database.fetch(_GET, token=token, **_expiry_parameters(now))
    return _sign_in_from_row(*rows[0]) if rows else None


def touch(database: Database, token: str, now: datetime) -> None:
    """The operator is at work. Raises LedgerAway."""
    database.fetch(_TOUCH, token=token, now=to_milliseconds(now))


def delete(database: Database, token: str) -> None:
    """Signs out. Raises LedgerAway."""
    database.fetch(_DELETE, token=token)


def delete_all_of(database: Database, name: str) -> None:
    """Signs the operator out everywhere. Raises LedgerAway."""
    database.fetch(_DELETE_ALL_OF, name=name)


def _sign_in_from_row(name: str, role: str, last_seen_ms: int) -> SignIn:
    return SignIn(
        operator=Operator(name=name, role=Role(role)), last_seen_at=from_milliseconds(last_seen_ms)
    )


def _expiry_parameters(now: datetime) -> dict[str, object]:
    return {
        "idle": to_milliseconds(now - IDLE_TIMEOUT),
        "oldest": to_milliseconds(now - MAX_SIGN_IN),
    }


_CREATE = Statement("""
INSERT INTO sign_in (token, operator, started_at, last_seen_at)
SELECT :token, name, :now, :now FROM operator WHERE name = :name AND password_hash = :password_hash
""")

_GET = Statement("""
SELECT operator.name, operator.role, sign_in.last_seen_at FROM sign_in JOIN operator ON operator.name = sign_in.operator
WHERE sign_in.token = :token AND sign_in.last_seen_at > :idle AND sign_in.started_at > :oldest
""")

_TOUCH = Statement("UPDATE sign_in SET last_seen_at = :now WHERE token = :token")

_DELETE = Statement("DELETE FROM sign_in WHERE token = :token")

_DELETE_ALL_OF = Statement("DELETE FROM sign_in WHERE operator = :name")

_DELETE_EXPIRED = Statement(
    "DELETE FROM sign_in WHERE last_seen_at <= :idle OR started_at <= :oldest"
)
