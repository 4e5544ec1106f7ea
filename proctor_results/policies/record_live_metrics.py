"""Evaluates live metrics that a learner's browser sends."""

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
    """Evaluate the newest metrics of a session; None if there is no such session.

    A receipt is stored only if they changed something: browsers send them every 10 s. Raises
    DatabaseUnavailable.
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
        policy = deps.policy.for_session(before)
        findings = policy.live_findings(recent_metrics)
        after = apply_live_findings(before, findings, policy, request.received_at)
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
