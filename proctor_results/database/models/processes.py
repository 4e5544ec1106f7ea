"""Rows of processes: workers and their counters."""

import peewee

from proctor_results.database.models.base import Row, TimeField


class Worker(Row):
    """A worker process, and when it last reported."""

    name = peewee.TextField(primary_key=True)
    started_at = TimeField()
    last_seen_at = TimeField()


class MetricCounter(Row):
    """A Prometheus counter, added up over all processes."""

    series = peewee.TextField(primary_key=True)
    value = peewee.DoubleField()
