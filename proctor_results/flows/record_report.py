"""A vendor has posted something: keep it, take it into account, and note who must be told."""

from collections.abc import Callable
from dataclasses import replace

from proctor_results.domain.decision import Origin
from proctor_results.domain.intake import take, unheard_of
from proctor_results.domain.receipt import Receipt, Request
from proctor_results.domain.report import Report
from proctor_results.domain.words import Cause, ReceiptVerdict
from proctor_results.flows.enter import entry, until_written
from proctor_results.flows.house import House
from proctor_results.flows.tally import Counted
from proctor_results.store import receipts, sessions
from proctor_results.store.entries import Entry
from proctor_results.store.sessions import Known
from proctor_results.vendors.base import Invalid, Malformed, Reading, Unrecognised


class SessionErased(Exception):  # noqa: N818  # it reads as what it is
    """There was such a session, and it was erased: what is said of it now is not kept."""


def record_report(house: House, request: Request, reading: Reading) -> Receipt:
    """Keeps the request with everything that it changes, all or nothing; the receipt says what became of it.

    Raises LedgerAway where nothing could be stored, and SessionErased where nothing may be.
    """
    if isinstance(reading, Report):
        return _kept(house, lambda: report_entry(house, request, reading))
    return _kept(house, lambda: Entry(receipt=_unread(house, request, reading)))


def report_entry(house: House, request: Request, report: Report, replay_of: int | None = None) -> Entry:
    """What the report leaves in the ledger; `replay_of` is the receipt that is fed through again. Raises LedgerAway."""
    known = _known(house, report.identifier, report.content)
    before = known.session or unheard_of(request.vendor, report, request.received_at)
    receipt = Receipt(
        request=request,
        verdict=ReceiptVerdict.APPLIED,
        identifier=report.identifier,
        previous=known.newest,
        content=report.content,
        revision=before.revision,
        policy_sha256=house.policy.sha256,
        replay_of=replay_of,
    )
    if before.vendor != request.vendor:
        detail = f"the session belongs to {before.vendor}"
        return Entry(receipt=replace(receipt, verdict=ReceiptVerdict.INVALID, content=None, detail=detail))
    if known.applied:
        return Entry(receipt=replace(receipt, verdict=ReceiptVerdict.DUPLICATE))
    overtaken = replay_of is not None and receipts.is_overtaken(house.ledger, report.identifier, replay_of)
    after = take(before, report, house.policy.of(before), request.received_at, overtaken=overtaken)
    if after is None:
        return Entry(receipt=replace(receipt, verdict=ReceiptVerdict.STALE))
    return entry(house, before, after, Origin(cause=Cause.REPORT if replay_of is None else Cause.REPLAY), receipt)


def _unread(house: House, request: Request, reading: Unrecognised | Invalid | Malformed) -> Receipt:
    verdict = ReceiptVerdict.UNRECOGNISED if isinstance(reading, Unrecognised) else ReceiptVerdict.INVALID
    receipt = Receipt(request=request, verdict=verdict, detail=reading.detail)
    if isinstance(reading, Malformed) or reading.identifier is None:
        return receipt
    known = _known(house, reading.identifier, None)
    return replace(receipt, identifier=reading.identifier, previous=known.newest)


def _kept(house: House, decide: Callable[[], Entry]) -> Receipt:
    return until_written(house, decide).receipt  # type: ignore[return-value]  # every entry of this story has one


def _known(house: House, identifier: str, content: str | None) -> Known:
    known = sessions.known(house.ledger, identifier, content)
    if known.erased:
        house.tally.count(Counted.AFTER_ERASURE)
        raise SessionErased
    return known
