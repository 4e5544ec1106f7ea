"""Renders sessions and decisions for the terminal."""

from collections.abc import Iterable, Iterator

from proctor_results.explanations.explain_session import ExplainedDecision
from proctor_results.formats.times import format_time
from proctor_results.sessions.decision import Decision, DecisionSource
from proctor_results.sessions.enums import Cause, OperatorAction
from proctor_results.sessions.model import Hold, Reason, Session

_SHOWN_FACTS = (
    "score",
    "duration",
    "started_at",
    "stopped_at",
    "signed_at",
    "proctor",
    "comment",
    "link",
)


def session_lines(session: Session) -> Iterator[str]:
    """Yield what is known of the session, one fact a line."""
    yield f"session    {session.identifier}"
    yield f"vendor     {session.vendor}"
    yield f"student    {session.student or 'not known'}"
    yield f"exam       {session.exam or 'not known'}{''.join(_browser_attribute_note(session))}"
    yield f"status     {session.status}"
    yield f"outcome    {session.outcome}{''.join(_finality_text(session))}"
    yield from _labelled_lines("because", map(reason_line, session.reasons))
    yield from _labelled_lines("locked", map(_hold_line, session.holds))
    yield from (
        f"{name:<11}{session.facts[name]}" for name in _SHOWN_FACTS if name in session.facts
    )
    yield from _labelled_lines(
        "averages",
        (f"{metric} {value}" for metric, value in session.facts_in("averages").items() if value),
    )
    yield f"revision   {session.revision}, {format_time(session.updated_at)}"


def _browser_attribute_note(session: Session) -> Iterator[str]:
    if session.exam and not session.lms_attributes.get("exam"):
        yield ", reported by the exam page, does not select a policy"


def _finality_text(session: Session) -> Iterator[str]:
    if session.final:
        yield ", final"
    if session.final_at:
        yield f", final from {format_time(session.final_at)} on"
    if session.revised:
        yield ", revised"


def decision_lines(explained: ExplainedDecision) -> Iterator[str]:
    """Yield time, cause, changes and reasons of the decision."""
    decision, receipt = explained.decision, explained.receipt
    at = format_time(decision.at)
    yield f"{at}  revision {decision.revision}, {_source_text(decision.source)}"
    if decision.outcome is not decision.outcome_before:
        finality = _finality_suffix(decision)
        yield f"  outcome  {decision.outcome_before} -> {decision.outcome}{finality}"
    yield from (f"  opened   {hold.kind}: {hold.detail}" for hold in decision.opened)
    yield from (f"  closed   {hold.kind}: {hold.detail}" for hold in decision.closed)
    yield from (f"  reason   {reason_line(reason)}" for reason in decision.reasons)
    if receipt:
        yield f"  receipt  {receipt.receipt_id}, {receipt.vendor}, SHA-256 {receipt.sha256}"
    yield f"  policy   SHA-256 {decision.policy_sha256}"
    detail = f": {explained.detail}" if explained.detail else ""
    yield f"  reevaluated {explained.reevaluation}{detail}"


def _finality_suffix(decision: Decision) -> str:
    final_text = f", final from {format_time(decision.final_at)} on" if decision.final_at else ""
    return f"{final_text}{', revised' if decision.revised else ''}"


def _source_text(source: DecisionSource) -> str:
    if source.cause is not Cause.OPERATOR:
        return _CAUSE_TEXTS[source.cause]
    action = _ACTION_TEXTS[OperatorAction(str(source.inputs["action"]))]
    return f"{action} by {source.actor}: {source.note}"


_CAUSE_TEXTS = {
    Cause.REPORT: "a report was received",
    Cause.LAUNCH: "the LMS launched it",
    Cause.HEARTBEAT: "an exam page sent its first heartbeat",
    Cause.HEARTBEAT_TIMEOUT: "the exam page stopped sending heartbeats",
    Cause.METRICS: "an exam page relayed metrics",
    Cause.REPLAY: "a stored report was replayed",
    Cause.FINALIZED: "the outcome became final",
}
_ACTION_TEXTS = {
    OperatorAction.HOLD: "held",
    OperatorAction.RELEASE: "released",
    OperatorAction.NOTE: "noted",
    OperatorAction.OVERRIDE: "overridden",
    OperatorAction.WITHDRAW_OVERRIDE: "override withdrawn",
}


def _hold_line(hold: Hold) -> str:
    return f"{hold.kind} since {format_time(hold.since)}: {hold.detail}"


def reason_line(reason: Reason) -> str:
    """Return the rule and its finding, with value and limit where it measures."""
    measurement = (
        "" if reason.value is None else f" (value {reason.value:g}, limit {reason.limit:g})"
    )
    return f"{reason.rule}: {reason.detail}{measurement}"


def _labelled_lines(name: str, lines: Iterable[str]) -> Iterator[str]:
    """Put the name before the first line only."""
    for index, line in enumerate(lines):
        yield f"{'' if index else name:<11}{line}"
