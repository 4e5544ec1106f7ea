"""Finds the newest human decision: an operator's override or a proctor's verdict."""

from dataclasses import dataclass

from proctor_results.formats.json_value import Json
from proctor_results.formats.times import format_time
from proctor_results.sessions.enums import VERDICTS, Outcome
from proctor_results.sessions.model import Override, Reason, Session


@dataclass(frozen=True, kw_only=True)
class HumanDecision:
    """The outcome that a human decided. `evidence` differs for each decision."""

    outcome: Outcome
    reason: Reason
    evidence: str


def latest_human_decision(session: Session) -> HumanDecision | None:
    """Return the newest human decision, or None where there is none."""
    override = active_override(session)
    if override:
        detail = f"{override.outcome} by {override.actor}: {override.reason}"
        return HumanDecision(
            outcome=override.outcome,
            reason=Reason(rule="override", detail=detail),
            evidence=f"override {format_time(override.at)}",
        )
    if session.status not in VERDICTS:
        return None
    return HumanDecision(
        outcome=Outcome(session.status),
        reason=_verdict_reason(session),
        evidence=str(session.facts.get("signed_at", "unsigned")),
    )


def active_override(session: Session) -> Override | None:
    """Return the override, unless a proctor has signed a verdict after it (not at its moment)."""
    override = session.override
    if override is None:
        return None
    signed_at = session.precedences["status"].signed_at if session.status in VERDICTS else None
    return None if signed_at and signed_at > format_time(override.at) else override


def _verdict_reason(session: Session) -> Reason:
    proctor, comment = (_fact_of_verdict(session, name) for name in ("proctor", "comment"))
    comment_suffix = f": {comment}" if comment else ""
    proctor_text = f"proctor {proctor}" if proctor else "a proctor"
    return Reason(rule="verdict", detail=f"{session.status} by {proctor_text}{comment_suffix}")


def _fact_of_verdict(session: Session, name: str) -> Json:
    """Return the fact, unless it came with the opposite verdict and so explains that one."""
    precedence = session.precedences.get(name)
    is_opposite = precedence is not None and precedence.status in VERDICTS - {session.status}
    return None if is_opposite else session.facts.get(name)
