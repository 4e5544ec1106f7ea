"""Stores the newest live metrics of a session, for rules that look at several."""

from collections.abc import Sequence
from dataclasses import asdict

from proctor_results.database.connection import Database
from proctor_results.database.models import RecentLiveMetrics
from proctor_results.policies.live_rules import MAX_KEPT_METRICS, LiveMetrics


def add_event(database: Database, identifier: str, event: LiveMetrics) -> Sequence[LiveMetrics]:
    """Add an event and return the newest ones, this one last. Call it in a transaction."""
    is_its_row = RecentLiveMetrics.identifier == identifier
    row = RecentLiveMetrics.insert(identifier=identifier, events=[])
    database.change(  # changes nothing, but locks the row on PostgreSQL
        row.on_conflict(
            conflict_target=[RecentLiveMetrics.identifier], preserve=[RecentLiveMetrics.identifier]
        )
    )
    query = RecentLiveMetrics.select(RecentLiveMetrics.events).where(is_its_row)
    ((stored,),) = database.select(query.tuples())
    events = [*(LiveMetrics(**fields) for fields in stored), event][-MAX_KEPT_METRICS:]
    newest = [asdict(kept) for kept in events]
    database.change(RecentLiveMetrics.update(events=newest).where(is_its_row))
    return events
