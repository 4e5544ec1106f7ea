"""Finds out what a human has ruled: an operator by an override, or a proctor by a verdict, whichever is newer."""

from dataclasses import dataclass

from proctor_results.domain.json_value import Json
from proctor_results.domain.session import Override, Reason, Session
from proctor_results.domain.times import text_of
from proctor_results.domain.words import VERDICTS, Outcome


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """The outcome that a human wants. `evidence` tells one ruling from the next."""

    outcome: Outcome
    reason: Reason
    evidence: str


def ruling(session: Session) -> Ruling | None:
    """What a human has ruled last; None where nobody has."""
    override = standing_override(session)
    if override:
        return _overruled(override)
    if session.status not in VERDICTS:
        return None
    signed_at = str(session.facts.get("signed_at", "unsigned"))
    return Ruling(outcome=Outcome(session.status), reason=_verdict(session), evidence=signed_at)


def standing_override(session: Session) -> Override | None:
    """The override, unless a proctor has signed a verdict since. One signed at the very same moment is not newer."""
    override = session.override
    if override is None:
        return None
    signed_at = session.standings["status"].signed_at if session.status in VERDICTS else None
    return None if signed_at and signed_at > text_of(override.at) else override


def _overruled(override: Override) -> Ruling:
    reason = Reason(rule="override", detail=f"{override.outcome} by {override.actor}: {override.reason}")
    return Ruling(outcome=override.outcome, reason=reason, evidence=f"override {text_of(override.at)}")


def _verdict(session: Session) -> Reason:
    proctor, comment = _said_of_it(session, "proctor"), _said_of_it(session, "comment")
    said = f": {comment}" if comment else ""
    by = f"proctor {proctor}" if proctor else "a proctor"
    return Reason(rule="verdict", detail=f"{session.status} by {by}{said}")


def _said_of_it(session: Session, name: str) -> Json:
    """The fact, unless it came with the opposite verdict: why somebody was rejected does not explain an acceptance."""
    standing = session.standings.get(name)
    opposite = standing is not None and standing.status in VERDICTS - {session.status}
    return None if opposite else session.facts.get(name)
