"""Stores the counters of all processes: one row per series."""

from collections.abc import Mapping

import peewee

from proctor_results.database.connection import Database
from proctor_results.database.models import MetricCounter
from proctor_results.database.values import dump_json, load_json

Series = tuple[str, ...]
"""A counter's name and the values of its labels."""


def add_counts(database: Database, counts: Mapping[Series, float]) -> None:
    """Add to the stored counts. Raises DatabaseUnavailable.

    The rows are sorted, so that processes that add at once wait for each other without deadlock.
    """
    rows = [
        {"series": dump_json(series), "value": value} for series, value in sorted(counts.items())
    ]
    database.change(
        MetricCounter.insert_many(rows).on_conflict(
            conflict_target=[MetricCounter.series],
            update={MetricCounter.value: MetricCounter.value + peewee.EXCLUDED.value},
        )
    )


def read_counts(database: Database) -> Mapping[Series, float]:
    """Return every stored count. Raises DatabaseUnavailable."""
    rows = database.select(MetricCounter.select().tuples())
    return {tuple(load_json(series)): value for series, value in rows}
