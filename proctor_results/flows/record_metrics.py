"""A learner's browser relays what the vendor's script measured in the last seconds."""

from dataclasses import asdict

from proctor_results.domain.decision import Origin
from proctor_results.domain.intake import notice
from proctor_results.domain.live import LiveEvent
from proctor_results.domain.receipt import Receipt, Request
from proctor_results.domain.session import Session
from proctor_results.domain.words import Cause, ReceiptVerdict
from proctor_results.flows.enter import entry, until_written
from proctor_results.flows.house import House
from proctor_results.store import live, sessions
from proctor_results.store.entries import Entry


def record_metrics(house: House, identifier: str, event: LiveEvent, request: Request) -> Session | None:
    """Judges the newest live events of a session; None where there is no such session. Raises LedgerAway.

    An event is kept as a receipt only where it changed something: it is evidence then, and there is one every 10 s.
    """
    session = sessions.find(house.ledger, identifier)
    if session is None:
        return None
    with house.ledger.transaction():
        events = live.add(house.ledger, identifier, event)
    by = Origin(cause=Cause.METRICS, said={"events": [asdict(each) for each in events]})

    def decide() -> Entry:
        known = sessions.known(house.ledger, identifier, None)
        before = known.session or session
        policy = house.policy.of(before)
        after = notice(before, policy.live_findings(events), policy, request.received_at)
        if after is None:
            return Entry()
        receipt = Receipt(request=request, verdict=ReceiptVerdict.APPLIED, identifier=identifier, previous=known.newest)
        return entry(house, before, after, by, receipt)

    return until_written(house, decide).session or session
