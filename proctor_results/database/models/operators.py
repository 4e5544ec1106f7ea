"""Rows of operators: accounts, sign-ins, failed sign-ins."""

import peewee

from proctor_results.database.models.base import Row, TimeField


class Operator(Row):
    """A person who signs in."""

    name = peewee.TextField(primary_key=True)
    role = peewee.TextField()
    password_hash = peewee.TextField()
    added_at = TimeField()


class SignIn(Row):
    """An operator's browser session."""

    token = peewee.TextField(primary_key=True)
    operator = peewee.ForeignKeyField(Operator, column_name="operator")
    started_at = TimeField()
    last_seen_at = TimeField()


class LoginAttempt(Row):
    """Failed sign-ins of one name or address, and until when further ones are refused."""

    throttle_key = peewee.TextField(primary_key=True)
    failure_count = peewee.IntegerField()
    last_failure_at = TimeField()
    blocked_until = TimeField()
