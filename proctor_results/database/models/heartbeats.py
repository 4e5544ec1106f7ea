"""Rows of heartbeats: the state per session, liveness, live metrics."""

import peewee

from proctor_results.database.models.base import JsonField, Row, TimeField


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
