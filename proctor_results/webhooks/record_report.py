"""A vendor has posted something: keep it, take it into account, and note who must be told."""

from collections.abc import Callable
from dataclasses import replace

from proctor_results.dependencies import Dependencies
from proctor_results.metrics.counters import CounterName
from proctor_results.sessions import repository
from proctor_results.sessions.commit import build_change_set, save_with_retry
from proctor_results.sessions.decision import DecisionSource
from proctor_results.sessions.enums import Cause, ReceiptResult
from proctor_results.sessions.receipt import InboundRequest, Receipt
from proctor_results.sessions.report import Report
from proctor_results.sessions.repository import SessionContext
from proctor_results.sessions.rules.apply_report import apply_report, new_session
from proctor_results.sessions.save import ChangeSet
from proctor_results.vendors.base import (
    Invalid,
    Malformed,
    ParseResult,
    Unrecognised,
    single_report,
)
from proctor_results.webhooks import store as webhook_store


class SessionErased(Exception):  # noqa: N818  # it reads as what it is
    """There was such a session, and it was erased: what is said of it now is not kept."""


def record_report(deps: Dependencies, request: InboundRequest, parsed: ParseResult) -> Receipt:
    """Keeps the request with everything that it changes, all or nothing; the receipt says what became of it.

    Raises LedgerAway where nothing could be stored, and SessionErased where nothing may be.
    """
    report = single_report(parsed)
    if report is not None:
        return _save(deps, lambda: build_report_change(deps, request, report))
    unparsed: Unrecognised | Invalid | Malformed = parsed  # type: ignore[assignment]  # of one status report
    return _save(deps, lambda: ChangeSet(receipt=_unparsed_receipt(deps, request, unparsed)))


def build_report_change(
    deps: Dependencies, request: InboundRequest, report: Report, replay_of: int | None = None
) -> ChangeSet:
    """What the report leaves in the ledger; `replay_of` is the receipt that is fed through again. Raises LedgerAway."""
    context = _load_context(deps, report.identifier, report.content_sha256)
    before = context.session or new_session(request.vendor, report, request.received_at)
    receipt = Receipt(
        request=request,
        result=ReceiptResult.APPLIED,
        identifier=report.identifier,
        chain_head=context.chain_head,
        content_sha256=report.content_sha256,
        revision=before.revision,
        policy_sha256=deps.policy.sha256,
        replay_of=replay_of,
    )
    if before.vendor != request.vendor:
        detail = f"the session belongs to {before.vendor}"
        return ChangeSet(
            receipt=replace(
                receipt, result=ReceiptResult.INVALID, content_sha256=None, detail=detail
            )
        )
    if context.is_duplicate:
        return ChangeSet(receipt=replace(receipt, result=ReceiptResult.DUPLICATE))
    superseded = replay_of is not None and webhook_store.is_superseded(
        deps.database, report.identifier, replay_of
    )
    after = apply_report(
        before, report, deps.policy.for_session(before), request.received_at, superseded=superseded
    )
    if after is None:
        return ChangeSet(receipt=replace(receipt, result=ReceiptResult.STALE))
    return build_change_set(
        deps,
        before,
        after,
        DecisionSource(cause=Cause.REPORT if replay_of is None else Cause.REPLAY),
        receipt,
    )


def _unparsed_receipt(
    deps: Dependencies,
    request: InboundRequest,
    parsed: Unrecognised | Invalid | Malformed,
) -> Receipt:
    result = (
        ReceiptResult.UNRECOGNISED if isinstance(parsed, Unrecognised) else ReceiptResult.INVALID
    )
    receipt = Receipt(request=request, result=result, detail=parsed.detail)
    if isinstance(parsed, Malformed) or parsed.identifier is None:
        return receipt
    context = _load_context(deps, parsed.identifier, None)
    return replace(receipt, identifier=parsed.identifier, chain_head=context.chain_head)


def _save(deps: Dependencies, decide: Callable[[], ChangeSet]) -> Receipt:
    return save_with_retry(deps, decide).receipt  # type: ignore[return-value]  # every entry of this story has one


def _load_context(
    deps: Dependencies, identifier: str, content_sha256: str | None
) -> SessionContext:
    context = repository.load_context(deps.database, identifier, content_sha256)
    if context.is_erased:
        deps.counters.count(CounterName.REPORTS_AFTER_ERASURE)
        raise SessionErased
    return context
