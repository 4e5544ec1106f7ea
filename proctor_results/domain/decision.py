"""Tells what a judgement changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from proctor_results.domain.session import Hold, Reason, Session
from proctor_results.domain.words import VERDICTS, Cause, Outcome


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Who or what brought a decision about. `actor` and `note` are a person's, as they were given."""

    cause: Cause
    actor: str | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A change of outcome, of the set of open holds, or of the rules that have fired.

    `reasons` says why, each with its rule and, where that measures, value and bar: first why the outcome is what it
    is, then the rules that have fired, then whatever else opened a hold. `policy_sha256` names the policy that judged;
    `by` is who or what brought it about: a cause, and for a person's doing a name and a note.
    """

    at: datetime
    revision: int
    outcome_before: Outcome
    outcome: Outcome
    opened: tuple[Hold, ...]
    closed: tuple[Hold, ...]
    reasons: tuple[Reason, ...]
    policy_sha256: str
    revised: bool
    by: Origin


def decision(before: Session, after: Session, policy_sha256: str, by: Origin) -> Decision | None:
    """The change from one revision to the next, or None where outcome, open holds and fired rules stay as they were."""
    was, now = ({hold.kind: hold for hold in session.holds} for session in (before, after))
    if before.outcome is after.outcome and was.keys() == now.keys() and _fired(before) == _fired(after):
        return None
    opened = tuple(hold for kind, hold in now.items() if kind not in was)
    return Decision(
        at=after.updated_at,
        revision=after.revision,
        outcome_before=before.outcome,
        outcome=after.outcome,
        opened=opened,
        closed=tuple(hold for kind, hold in was.items() if kind not in now),
        reasons=_reasons(after, opened),
        policy_sha256=policy_sha256,
        revised=_revised(before, after),
        by=by,
    )


def _fired(session: Session) -> set[str]:
    return {finding.rule for finding in session.findings}


def _reasons(after: Session, opened: Iterable[Hold]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys((*after.reasons, *(reason for hold in opened for reason in hold.reasons))))


def _revised(before: Session, after: Session) -> bool:
    return before.status in VERDICTS and after.status in VERDICTS and before.status is not after.status
