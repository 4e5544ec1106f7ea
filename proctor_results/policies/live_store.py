"""Keeps the newest live events of a session, for rules that look at several."""

from collections.abc import Sequence
from dataclasses import asdict

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.database.values import dump_json, load_json
from proctor_results.policies.live_rules import MAX_KEPT_METRICS, LiveMetrics


def add_event(database: Database, identifier: str, event: LiveMetrics) -> Sequence[LiveMetrics]:
    """Adds an event; the newest ones, this one last. Call it in a transaction."""
    database.fetch(_INSERT_IF_MISSING, identifier=identifier)  # a row to wait for each other at
    rows = database.fetch(_LOCK_AND_READ, identifier=identifier)
    earlier_events = [LiveMetrics(**event_json) for event_json in load_json(rows[0][0])]
    events = [*earlier_events, event][-MAX_KEPT_METRICS:]
    database.fetch(
        _UPDATE,
        identifier=identifier,
        events=dump_json([asdict(kept_event) for kept_event in events]),
    )
    return events


_LOCK_AND_READ = Statement(
    "SELECT events FROM recent_live_metrics WHERE identifier = :identifier FOR UPDATE"
)

_INSERT_IF_MISSING = Statement(
    "INSERT INTO recent_live_metrics (identifier, events) VALUES (:identifier, '[]') ON CONFLICT (identifier) DO NOTHING"
)

_UPDATE = Statement(
    "UPDATE recent_live_metrics SET events = :events WHERE identifier = :identifier"
)
