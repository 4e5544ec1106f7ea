"""Rows of outbound work: deliveries, attempts, targets, jobs."""

import peewee

from proctor_results.database.models.base import JsonField, Row, TimeField
from proctor_results.database.models.sessions import Session


class Delivery(Row):
    """The obligation to notify a target of one topic of a session.

    `desired_revision` is the revision that the target should have, `delivered_revision` the one it
    has. `next_attempt_at` is empty once the delivery has failed; `lease_expires_at` is set while a
    worker holds the lease.
    """

    id = peewee.BigAutoField()
    session = peewee.ForeignKeyField(Session)
    target = peewee.TextField()
    topic = peewee.TextField()
    desired_revision = peewee.IntegerField()
    delivered_revision = peewee.IntegerField(null=True)
    desired_since = TimeField()
    pending_since = TimeField()
    next_attempt_at = TimeField(null=True)
    failure_count = peewee.IntegerField()
    lease_token = peewee.TextField(null=True)
    lease_expires_at = TimeField(null=True)
    request_id = peewee.TextField(null=True)


class Attempt(Row):
    """One try to deliver, and what the target answered."""

    id = peewee.BigAutoField()
    delivery = peewee.ForeignKeyField(Delivery)
    at = TimeField()
    revision = peewee.IntegerField()
    result = peewee.TextField()
    status = peewee.IntegerField(null=True)
    detail = peewee.TextField()
    seconds = peewee.DoubleField()


class Target(Row):
    """How a target has answered lately. A disabled target answered 410 Gone."""

    name = peewee.TextField(primary_key=True)
    url = peewee.TextField()
    failure_count = peewee.IntegerField()
    last_failure_at = TimeField(null=True)
    paused_until = TimeField(null=True)
    disabled_at = TimeField(null=True)
    detail = peewee.TextField()


class Job(Row):
    """Outbound work for a vendor, run by the worker until it is done.

    One row per (vendor, kind, key).
    """

    id = peewee.BigAutoField()
    vendor = peewee.TextField()
    kind = peewee.TextField()
    key = peewee.TextField()
    payload = JsonField()
    pending_since = TimeField()
    next_attempt_at = TimeField(null=True)
    failure_count = peewee.IntegerField()
    lease_token = peewee.TextField(null=True)
    lease_expires_at = TimeField(null=True)
    detail = peewee.TextField()
    done_at = TimeField(null=True)
