"""Records what a vendor posted: stores the request with everything that it changes."""

from dataclasses import replace

from proctor_results.dependencies import Dependencies
from proctor_results.sessions import repository
from proctor_results.sessions.decision import ChangeSet, DecisionSource
from proctor_results.sessions.enums import Cause, ReceiptResult
from proctor_results.sessions.model import Session
from proctor_results.sessions.receipt import InboundRequest, Receipt
from proctor_results.sessions.report import Report
from proctor_results.sessions.repository import SessionContext
from proctor_results.sessions.rules.apply_report import apply_report
from proctor_results.sessions.save import build_change_set, ensure_policy_stored, save
from proctor_results.vendors.base import (
    Parsed,
    ParseResult,
    StatusReport,
    Unrecognised,
)


class SessionErased(Exception):  # noqa: N818  # it is a state, not a programming error
    """The session was erased: reports about it are not stored any more."""


def record_report(deps: Dependencies, request: InboundRequest, parsed: ParseResult) -> Receipt:
    """Store the request with everything that it changes, or nothing; return its receipt.

    Raises DatabaseUnavailable where nothing could be stored, SessionErased where nothing may be.
    """
    report = _report_of(parsed)
    identifier = report.identifier if report else getattr(parsed, "identifier", None)
    content_sha256 = report.content_sha256 if report else None

    def write() -> ChangeSet:
        context = load_context(deps, identifier, content_sha256) if identifier else None
        if report and context:
            return save(deps, decide(deps, request, report, context))
        return save(deps, ChangeSet(receipt=_unparsed_receipt(request, parsed, context)))

    ensure_policy_stored(deps)
    return deps.database.run_write(write).receipt  # type: ignore[return-value]  # both have one


def _report_of(parsed: ParseResult) -> Report | None:
    match parsed:
        case Parsed(events=(StatusReport(report=report),)):
            return report
    return None


def load_context(deps: Dependencies, identifier: str, content_sha256: str | None) -> SessionContext:
    """Return what is stored of the session. Raises SessionErased."""
    context = repository.load_context(deps.database, identifier, content_sha256)
    if context.is_erased:
        deps.counters.count_report_after_erasure()
        raise SessionErased
    return context


def decide(
    deps: Dependencies,
    request: InboundRequest,
    report: Report,
    context: SessionContext,
    replay_of: int | None = None,
    *,
    superseded: bool = False,
) -> ChangeSet:
    """Return what the report changes. `replay_of` is the id of the receipt that is replayed."""
    now, identifier, vendor = request.received_at, report.identifier, request.vendor
    before = context.session or Session(identifier=identifier, vendor=vendor, updated_at=now)
    receipt = Receipt(
        request=request,
        result=ReceiptResult.APPLIED,
        identifier=identifier,
        chain_head=context.chain_head,
        content_sha256=report.content_sha256,
        revision=before.revision,
        policy_sha256=deps.policy.sha256,
        replay_of=replay_of,
    )
    if before.vendor != vendor:
        detail = f"the session belongs to {before.vendor}"
        receipt = replace(receipt, result=ReceiptResult.INVALID, detail=detail)
        return ChangeSet(receipt=replace(receipt, content_sha256=None))
    if context.is_duplicate:
        return ChangeSet(receipt=replace(receipt, result=ReceiptResult.DUPLICATE))
    policy = deps.policy.for_session(before)
    after = apply_report(before, report, policy, now, superseded=superseded)
    if after is None:
        return ChangeSet(receipt=replace(receipt, result=ReceiptResult.STALE))
    source = DecisionSource(cause=Cause.REPLAY if replay_of else Cause.REPORT)
    return build_change_set(deps, before, after, source, receipt)


def unparsed_result(parsed: ParseResult) -> ReceiptResult:
    """Return the result of a request from which no report could be read."""
    is_unrecognised = isinstance(parsed, Unrecognised)
    return ReceiptResult.UNRECOGNISED if is_unrecognised else ReceiptResult.INVALID


def _unparsed_receipt(
    request: InboundRequest, parsed: ParseResult, context: SessionContext | None
) -> Receipt:
    return Receipt(
        request=request,
        result=unparsed_result(parsed),
        identifier=getattr(parsed, "identifier", None),
        chain_head=context.chain_head if context else None,
        detail=getattr(parsed, "detail", ""),
    )
