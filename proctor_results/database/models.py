"""peewee models: what a row of each table is. Times are whole milliseconds since 1970 UTC."""

from datetime import datetime
from typing import Any

import peewee

from proctor_results.database.values import dump_json, load_json
from proctor_results.formats.times import from_milliseconds, to_milliseconds


class TimeField(peewee.BigIntegerField):
    """An aware UTC datetime, stored as milliseconds."""

    def db_value(self, value: datetime | int | None) -> int | None:
        return to_milliseconds(value) if isinstance(value, datetime) else value

    def python_value(self, value: int | None) -> datetime | None:
        return None if value is None else from_milliseconds(value)


class JsonField(peewee.TextField):
    """A JSON value, stored as text."""

    def db_value(self, value: Any) -> str | None:
        return None if value is None else dump_json(value)

    def python_value(self, value: str | None) -> Any:
        return None if value is None else load_json(value)


class Row(peewee.Model):
    """No database is bound to the models: `Database.select` and `change` run their queries."""

    class Meta:
        legacy_table_names = False


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


class Receipt(Row):
    """One inbound request as it arrived, its result, and its place in a hash chain."""

    id = peewee.BigAutoField()
    vendor = peewee.TextField()
    identifier = peewee.TextField(null=True)
    received_at = TimeField()
    key_id = peewee.TextField()
    headers = JsonField()
    body_sha256 = peewee.TextField()
    content_sha256 = peewee.TextField(null=True)
    result = peewee.TextField()
    detail = peewee.TextField()
    revision = peewee.IntegerField(null=True)
    policy_sha256 = peewee.TextField(null=True)
    replay_of = peewee.BigIntegerField(null=True)
    chain_position = peewee.BigIntegerField(null=True)
    previous_sha256 = peewee.TextField(null=True)
    erasable_sha256 = peewee.TextField()
    record_sha256 = peewee.TextField()
    pruned_at = TimeField(null=True)
    erased_at = TimeField(null=True)
    body = peewee.BlobField()


class ReceiptEvent(Row):
    """One event of a receipt that carries several, with the session it names and its own result."""

    id = peewee.BigAutoField()
    receipt = peewee.ForeignKeyField(Receipt)
    position = peewee.IntegerField()
    kind = peewee.TextField()
    identifier = peewee.TextField(null=True)
    vendor_reference = peewee.TextField(null=True)
    content_sha256 = peewee.TextField(null=True)
    result = peewee.TextField()
    detail = peewee.TextField()


class Policy(Row):
    """The text of a policy that has decided something."""

    sha256 = peewee.TextField(primary_key=True)
    text = peewee.TextField()


class Decision(Row):
    """A change of outcome or holds, with its reasons and its cause."""

    id = peewee.BigAutoField()
    session = peewee.ForeignKeyField(Session, null=True)
    receipt = peewee.ForeignKeyField(Receipt, null=True)
    at = TimeField()
    revision = peewee.IntegerField()
    outcome_before = peewee.TextField()
    outcome = peewee.TextField()
    opened = JsonField()
    closed = JsonField()
    reasons = JsonField()
    policy_sha256 = peewee.TextField()
    revised = peewee.BooleanField()
    final_at = TimeField(null=True)
    cause = peewee.TextField()
    actor = peewee.TextField(null=True)
    note = peewee.TextField(null=True)
    inputs = JsonField()
    erasable_sha256 = peewee.TextField()
    record_sha256 = peewee.TextField()
    erased_at = TimeField(null=True)


class Checkpoint(Row):
    """A digest over all receipts and decisions up to `last_ids` and the checkpoint before."""

    id = peewee.BigAutoField()
    previous_sha256 = peewee.TextField(unique=True)
    at = TimeField()
    id_ranges = JsonField()
    last_ids = JsonField()
    manifest_sha256 = peewee.TextField()


class HeartbeatState(Row):
    """The launch whose heartbeats count for a session, and until when the next one must come."""

    identifier = peewee.TextField(primary_key=True)
    launch = peewee.IntegerField()
    deadline = TimeField(null=True)
    last_heartbeat_at = TimeField()
    heartbeat_count = peewee.BigIntegerField()
    client_count = peewee.BigIntegerField()
    stopped = peewee.BooleanField()


class WebLiveness(Row):
    """Since when the web processes have accepted heartbeats without an interruption. One row."""

    id = peewee.AutoField()
    uninterrupted_since = TimeField()
    reported_at = TimeField()
    last_heartbeat_at = TimeField(null=True)


class RecentLiveMetrics(Row):
    """The last live metrics that the learner's browser sent for a session."""

    identifier = peewee.TextField(primary_key=True)
    events = JsonField()


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


class FeedCounter(Row):
    """The last position that was given out in the change feed. One row."""

    id = peewee.AutoField()
    last_position = peewee.BigIntegerField()


class Worker(Row):
    """A worker process, and when it last reported."""

    name = peewee.TextField(primary_key=True)
    started_at = TimeField()
    last_seen_at = TimeField()


class MetricCounter(Row):
    """A Prometheus counter, added up over all processes."""

    series = peewee.TextField(primary_key=True)
    value = peewee.DoubleField()


class Erasure(Row):
    """That a session was erased. Only the digest of its identifier is left."""

    identifier_sha256 = peewee.TextField(primary_key=True)
    at = TimeField()
    actor = peewee.TextField()


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
