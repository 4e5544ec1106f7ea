"""What all processes have ever counted, added up: one row for each series, wherever the process ran."""

from collections.abc import Mapping

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.database.values import dump_json, load_json

Series = tuple[str, ...]
"""What is counted, and the values of its labels."""


def add_counts(database: Database, counts: Mapping[Series, float]) -> None:
    """Adds to what was counted before. Raises LedgerAway.

    In one order, so that processes that add at the same moment wait for each other and do not lock each other out.
    """
    database.fetch(
        _ADD,
        counts=dump_json([[dump_json(series), value] for series, value in sorted(counts.items())]),
    )


def read_counts(database: Database) -> Mapping[Series, float]:
    """Everything counted so far. Raises LedgerAway."""
    return {tuple(load_json(series)): value for series, value in database.fetch(_READ)}


_ADD = Statement(
    """
INSERT INTO metric_counter (series, value)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:counts) WHERE true
ON CONFLICT (series) DO UPDATE SET value = metric_counter.value + excluded.value
""",
    postgresql="""
INSERT INTO metric_counter (series, value)
SELECT counted ->> 0, CAST(counted ->> 1 AS DOUBLE PRECISION)
FROM json_array_elements(CAST(:counts AS json)) AS counted
ON CONFLICT (series) DO UPDATE SET value = metric_counter.value + excluded.value
""",
)

_READ = Statement("SELECT series, value FROM metric_counter")
