"""Finds out what a human has ruled: an operator by an override, or a proctor by a verdict, whichever is newer."""

from dataclasses import dataclass

from proctor_results.formats.json_value import Json
from proctor_results.formats.times import format_time
from proctor_results.sessions.enums import VERDICTS, Outcome
from proctor_results.sessions.model import Override, Reason, Session


@dataclass(frozen=True, kw_only=True)
class HumanDecision:
    """The outcome that a human wants. `evidence` tells one ruling from the next."""

    outcome: Outcome
    reason: Reason
    evidence: str


def latest_human_decision(session: Session) -> HumanDecision | None:
    """What a human has ruled last; None where nobody has."""
    override = active_override(session)
    if override:
        return _from_override(override)
    if session.status not in VERDICTS:
        return None
    signed_at = str(session.facts.get("signed_at", "unsigned"))
    return HumanDecision(
        outcome=Outcome(session.status), reason=_verdict_reason(session), evidence=signed_at
    )


def active_override(session: Session) -> Override | None:
    """The override, unless a proctor has signed a verdict since. One signed at the very same moment is not newer."""
    override = session.override
    if override is None:
        return None
    signed_at = session.precedences["status"].signed_at if session.status in VERDICTS else None
    return None if signed_at and signed_at > format_time(override.at) else override


def _from_override(override: Override) -> HumanDecision:
    reason = Reason(
        rule="override", detail=f"{override.outcome} by {override.actor}: {override.reason}"
    )
    return HumanDecision(
        outcome=override.outcome, reason=reason, evidence=f"override {format_time(override.at)}"
    )


def _verdict_reason(session: Session) -> Reason:
    proctor, comment = (
        _fact_of_same_verdict(session, "proctor"),
        _fact_of_same_verdict(session, "comment"),
    )
    comment_suffix = f": {comment}" if comment else ""
    proctor_text = f"proctor {proctor}" if proctor else "a proctor"
    return Reason(rule="verdict", detail=f"{session.status} by {proctor_text}{comment_suffix}")


def _fact_of_same_verdict(session: Session, name: str) -> Json:
    """The fact, unless it came with the opposite verdict: why somebody was rejected does not explain an acceptance."""
    precedence = session.precedences.get(name)
    is_opposite = precedence is not None and precedence.status in VERDICTS - {session.status}
    return None if is_opposite else session.facts.get(name)
