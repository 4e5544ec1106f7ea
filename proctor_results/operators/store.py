"""Stores operators with the hash of their password, and sign-ins with the hash of their token."""

from datetime import datetime
from typing import Any

import peewee

from proctor_results.database.connection import Database
from proctor_results.database.models import Operator as OperatorRow
from proctor_results.database.models import SignIn
from proctor_results.operators.model import (
    IDLE_TIMEOUT,
    MAX_SIGN_IN,
    Operator,
    Role,
    StoredOperator,
)


def add(database: Database, operator: Operator, password_hash: str, now: datetime) -> bool:
    """Return False if an operator has that name already. Raises DatabaseUnavailable."""
    row = {**vars(operator), "password_hash": password_hash, "added_at": now}
    return bool(database.change(OperatorRow.insert(row).on_conflict_ignore()))


def get(database: Database, name: str) -> StoredOperator | None:
    """Raises DatabaseUnavailable."""
    rows = database.select(OperatorRow.select().where(OperatorRow.name == name).dicts())
    return _operator_from_row(**rows[0]) if rows else None


def list_all(database: Database) -> list[StoredOperator]:
    """List all operators by name. Raises DatabaseUnavailable."""
    rows = database.select(OperatorRow.select().order_by(OperatorRow.name).dicts())
    return [_operator_from_row(**row) for row in rows]


def change_password(database: Database, name: str, password_hash: str) -> bool:
    """Return False if no operator has that name. Raises DatabaseUnavailable."""
    update = OperatorRow.update(password_hash=password_hash)
    return bool(database.change(update.where(OperatorRow.name == name)))


def remove(database: Database, name: str) -> bool:
    """Return False if no operator has that name. Raises DatabaseUnavailable."""
    return bool(database.change(peewee.ModelDelete(OperatorRow).where(OperatorRow.name == name)))


def _operator_from_row(role: str, **columns: Any) -> StoredOperator:
    return StoredOperator(role=Role(role), **columns)


def create_sign_in(
    database: Database, token_sha256: str, name: str, password_hash: str, now: datetime
) -> bool:
    """Sign in an operator and delete expired sign-ins. Raises DatabaseUnavailable.

    Return False if the operator was removed, or the password changed, since its hash was read.
    """
    database.change(peewee.ModelDelete(SignIn).where(~_is_valid(now)))
    columns = (SignIn.token, SignIn.operator, SignIn.started_at, SignIn.last_seen_at)
    times = (peewee.Value(now, SignIn.started_at.db_value),) * 2
    values = OperatorRow.select(peewee.Value(token_sha256), OperatorRow.name, *times)
    matching = (OperatorRow.name == name) & (OperatorRow.password_hash == password_hash)
    return bool(database.change(SignIn.insert_from(values.where(matching), columns)))


def get_sign_in(
    database: Database, token_sha256: str, now: datetime
) -> tuple[Operator, datetime] | None:
    """Return who is signed in, and their last activity. Raises DatabaseUnavailable."""
    query = SignIn.select(OperatorRow.name, OperatorRow.role, SignIn.last_seen_at).join(OperatorRow)
    rows = database.select(query.where(SignIn.token == token_sha256, _is_valid(now)).tuples())
    return (Operator(name=rows[0][0], role=Role(rows[0][1])), rows[0][2]) if rows else None


def touch_sign_in(database: Database, token_sha256: str, now: datetime) -> None:
    """Record that the operator is active. Raises DatabaseUnavailable."""
    database.change(SignIn.update(last_seen_at=now).where(SignIn.token == token_sha256))


def delete_sign_in(database: Database, token_sha256: str) -> None:
    """Raises DatabaseUnavailable."""
    database.change(peewee.ModelDelete(SignIn).where(SignIn.token == token_sha256))


def delete_sign_ins_of(database: Database, name: str) -> None:
    """Sign the operator out everywhere. Raises DatabaseUnavailable."""
    database.change(peewee.ModelDelete(SignIn).where(SignIn.operator == name))


def _is_valid(now: datetime) -> Any:
    """True for a sign-in that is neither idle for too long nor too old."""
    return (SignIn.last_seen_at > now - IDLE_TIMEOUT) & (SignIn.started_at > now - MAX_SIGN_IN)
