"""Rows of sessions, their references and the change feed."""

import peewee

from proctor_results.database.models.base import JsonField, Row, TimeField


class Session(Row):
    """A session at its newest revision.

    `student`, `exam`, `status` and `open_hold_kinds` are copies for searching.
    """

    id = peewee.BigAutoField()
    identifier = peewee.TextField(unique=True)
    vendor = peewee.TextField()
    student = peewee.TextField(null=True)
    exam = peewee.TextField(null=True)
    status = peewee.TextField()
    outcome = peewee.TextField()
    lms_attributes = JsonField()
    browser_attributes = JsonField()
    launch_count = peewee.IntegerField()
    facts = JsonField()
    precedences = JsonField()
    findings = JsonField()
    reasons = JsonField()
    holds = JsonField()
    open_hold_kinds = peewee.TextField()
    released_triggers = JsonField()
    override = JsonField(null=True)
    final_at = TimeField(null=True)
    revised = peewee.BooleanField()
    lock_was_sent = peewee.BooleanField()
    revision = peewee.IntegerField()
    receipt_count = peewee.BigIntegerField(null=True)
    created_at = TimeField()
    updated_at = TimeField()
    feed_position = peewee.BigIntegerField(null=True)


class SessionReference(Row):
    """Which session a vendor means by an id of its own."""

    id = peewee.BigAutoField()
    vendor = peewee.TextField()
    reference = peewee.TextField()
    identifier = peewee.TextField()
    created_at = TimeField()


class FeedCounter(Row):
    """The last position that was given out in the change feed. One row."""

    id = peewee.AutoField()
    last_position = peewee.BigIntegerField()
