"""A learner's browser relays what the vendor's script measured in the last seconds."""

from dataclasses import asdict

from proctor_results.dependencies import Dependencies
from proctor_results.policies import live_store
from proctor_results.policies.live_rules import LiveMetrics
from proctor_results.sessions import repository
from proctor_results.sessions.decision import DecisionSource
from proctor_results.sessions.enums import Cause, ReceiptResult
from proctor_results.sessions.model import Session
from proctor_results.sessions.receipt import InboundRequest, Receipt
from proctor_results.sessions.rules.apply_report import apply_live_findings
from proctor_results.sessions.save import build_change_set, ensure_policy_stored, save


def record_metrics(
    deps: Dependencies, identifier: str, metrics: LiveMetrics, request: InboundRequest
) -> Session | None:
    """Judges the newest live live_metrics of a session; None where there is no such session. Raises LedgerAway.

    An event is kept as a receipt only where it changed something: it is evidence then, and there is one every 10 s.
    """
    session = repository.get(deps.database, identifier)
    if session is None:
        return None
    with deps.database.transaction():
        recent_metrics = live_store.add_event(deps.database, identifier, metrics)
    source = DecisionSource(
        cause=Cause.METRICS, inputs={"live_metrics": [asdict(sample) for sample in recent_metrics]}
    )

    def write() -> Session:
        context = repository.load_context(deps.database, identifier, None)
        before = context.session or session
        exam_policy = deps.policy.for_session(before)
        after = apply_live_findings(
            before, exam_policy.live_findings(recent_metrics), exam_policy, request.received_at
        )
        if after is None:
            return before
        receipt = Receipt(
            request=request,
            result=ReceiptResult.APPLIED,
            identifier=identifier,
            chain_head=context.chain_head,
        )
        return save(deps, build_change_set(deps, before, after, source, receipt)).session or after

    ensure_policy_stored(deps)
    return deps.database.run_write(write)
