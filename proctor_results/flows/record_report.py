"""A vendor has posted something: keep it, take it into account, and note who must be told."""

from dataclasses import replace

from proctor_results.domain.decision import decision
from proctor_results.domain.intake import take, unheard_of
from proctor_results.domain.messages import due_topics
from proctor_results.domain.receipt import Receipt, Request
from proctor_results.domain.report import Report
from proctor_results.domain.session import Session
from proctor_results.domain.words import ReceiptVerdict
from proctor_results.flows.house import House
from proctor_results.store import entries, policies, sessions
from proctor_results.store.entries import Entry
from proctor_results.store.ledger import LedgerAway
from proctor_results.vendors.base import Invalid, Malformed, Reading, Unrecognised

_TRIES = 100
"""Whenever somebody else was faster, somebody has got on; so many rivals over one session there cannot be."""


def record_report(house: House, request: Request, reading: Reading) -> Receipt:
    """Keeps the request with everything that it changes, all or nothing; the receipt says what became of it.

    Raises LedgerAway where nothing could be stored.
    """
    if isinstance(reading, Report):
        return _record(house, request, reading)
    receipt = _unread(request, reading)
    entries.write_receipt(house.ledger, receipt)
    return receipt


def _unread(request: Request, reading: Unrecognised | Invalid | Malformed) -> Receipt:
    verdict = ReceiptVerdict.UNRECOGNISED if isinstance(reading, Unrecognised) else ReceiptVerdict.INVALID
    identifier = None if isinstance(reading, Malformed) else reading.identifier
    return Receipt(request=request, verdict=verdict, identifier=identifier, detail=reading.detail)


def _record(house: House, request: Request, report: Report) -> Receipt:
    for _ in range(_TRIES):
        known = sessions.known(house.ledger, report.identifier, report.content)
        entry = _entry(house, request, report, known)
        if _is_written(house, entry):
            return entry.receipt
    raise LedgerAway("the session changes faster than it can be read")


def _entry(house: House, request: Request, report: Report, known: sessions.Known | None) -> Entry:
    receipt = Receipt(
        request=request, verdict=ReceiptVerdict.APPLIED, identifier=report.identifier, content=report.content
    )
    before = known.session if known else unheard_of(request.vendor, report, request.received_at)
    if before.vendor != request.vendor:
        detail = f"the session belongs to {before.vendor}"
        return Entry(receipt=replace(receipt, verdict=ReceiptVerdict.INVALID, content=None, detail=detail))
    if known and known.applied:
        return Entry(receipt=replace(receipt, verdict=ReceiptVerdict.DUPLICATE))
    return _judged(house, receipt, report, before)


def _judged(house: House, receipt: Receipt, report: Report, before: Session) -> Entry:
    policy = house.policy.of(before.facts.get("exam"))
    after = take(before, report, policy, receipt.request.received_at)
    if after is None:
        return Entry(receipt=replace(receipt, verdict=ReceiptVerdict.STALE))
    topics = due_topics(before if before.revision else None, after)
    return Entry(
        receipt=receipt,
        session=after,
        decision=decision(before, after, policy.sha256),
        due=tuple((target.name, topic) for target in house.targets for topic in topics),
    )


def _is_written(house: House, entry: Entry) -> bool:
    if entry.session is None:
        entries.write_receipt(house.ledger, entry.receipt)
        return True
    if entry.decision:
        policies.keep_once(house.ledger, house.policy)
    with house.ledger.entry():
        return entries.write(house.ledger, entry)
