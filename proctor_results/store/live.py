"""Keeps the newest live events of a session, for rules that look at several."""

from collections.abc import Sequence
from dataclasses import asdict

from proctor_results.domain.live import KEPT_EVENTS, LiveEvent
from proctor_results.store.columns import json_text, read_json
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement


def add(ledger: Ledger, identifier: str, event: LiveEvent) -> Sequence[LiveEvent]:
    """Adds an event; the newest ones, this one last. Call it in a transaction."""
    ledger.run(_FIRST, identifier=identifier)  # a row to wait for each other at
    rows = ledger.run(_READ, identifier=identifier)
    known = [LiveEvent(**each) for each in read_json(rows[0][0])]
    events = [*known, event][-KEPT_EVENTS:]
    ledger.run(_KEEP, identifier=identifier, events=json_text([asdict(each) for each in events]))
    return events


_READ = Statement("SELECT events FROM live WHERE identifier = :identifier FOR UPDATE")

_FIRST = Statement(
    "INSERT INTO live (identifier, events) VALUES (:identifier, '[]') ON CONFLICT (identifier) DO NOTHING"
)

_KEEP = Statement("UPDATE live SET events = :events WHERE identifier = :identifier")
