"""What all processes have ever counted, added up: one row for each series, wherever the process ran."""

from collections.abc import Mapping

from proctor_results.store.columns import json_text, read_json
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement

Series = tuple[str, ...]
"""What is counted, and the values of its labels."""


def add(ledger: Ledger, counts: Mapping[Series, float]) -> None:
    """Adds to what was counted before. Raises LedgerAway.

    In one order, so that processes that add at the same moment wait for each other and do not lock each other out.
    """
    ledger.run(_ADD, counts=json_text([[json_text(series), value] for series, value in sorted(counts.items())]))


def read(ledger: Ledger) -> Mapping[Series, float]:
    """Everything counted so far. Raises LedgerAway."""
    return {tuple(read_json(series)): value for series, value in ledger.run(_READ)}


_ADD = Statement(
    """
INSERT INTO tally (series, value)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:counts) WHERE true
ON CONFLICT (series) DO UPDATE SET value = tally.value + excluded.value
""",
    postgresql="""
INSERT INTO tally (series, value)
SELECT counted ->> 0, CAST(counted ->> 1 AS DOUBLE PRECISION)
FROM json_array_elements(CAST(:counts AS json)) AS counted
ON CONFLICT (series) DO UPDATE SET value = tally.value + excluded.value
""",
)

_READ = Statement("SELECT series, value FROM tally")
