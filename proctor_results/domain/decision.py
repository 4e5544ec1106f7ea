"""Tells what a judgement changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from proctor_results.domain.json_value import Json
from proctor_results.domain.session import Hold, Reason, Session
from proctor_results.domain.words import Cause, Outcome


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Who or what brought a decision about. `actor` and `note` are a person's, as they were given.

    `said` is all that must be known beside the session to judge the same again, but for what a receipt holds.
    """

    cause: Cause
    actor: str | None = None
    note: str | None = None
    said: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A change of outcome, of the set of open holds, or of the rules that have fired; and whatever else no report did.

    `reasons` says why, each with its rule and, where that measures, value and bar: first why the outcome is what it
    is, then the rules that have fired, then whatever else opened a hold. `policy_sha256` names the policy that judged;
    `by` is who or what brought it about. `revised` is whether it changed an outcome that had been final, `settles_at`
    when an outcome becomes final that is not so yet.
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
    settles_at: datetime | None = None
    by: Origin

    @property
    def final(self) -> bool:
        return self.outcome is not Outcome.PENDING and self.settles_at is None


def decision(before: Session, after: Session, policy_sha256: str, by: Origin) -> Decision | None:
    """What made the next revision; None for a report that left outcome, open holds and fired rules as they were."""
    was, now = ({hold.kind: hold for hold in session.holds} for session in (before, after))
    same = before.outcome is after.outcome and was.keys() == now.keys() and _fired(before) == _fired(after)
    if same and by.cause is Cause.REPORT:
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
        revised=before.final and after.outcome is not before.outcome,
        settles_at=after.settles_at,
        by=by,
    )


def _fired(session: Session) -> set[str]:
    return {finding.rule for finding in session.findings}


def _reasons(after: Session, opened: Iterable[Hold]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys((*after.reasons, *(reason for hold in opened for reason in hold.reasons))))
