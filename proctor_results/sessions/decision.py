"""Tells what a judgement changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from proctor_results.formats.json_value import Json
from proctor_results.sessions.enums import Cause, Outcome
from proctor_results.sessions.model import Hold, Reason, Session


@dataclass(frozen=True, kw_only=True)
class DecisionSource:
    """Who or what brought a decision about. `actor` and `note` are a person's, as they were given.

    `said` is all that must be known beside the session to judge the same again, but for what a receipt holds.
    """

    cause: Cause
    actor: str | None = None
    note: str | None = None
    inputs: Mapping[str, Json] = field(default_factory=dict)


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
    final_at: datetime | None = None
    source: DecisionSource

    @property
    def final(self) -> bool:
        return self.outcome is not Outcome.PENDING and self.final_at is None


def build_decision(
    before: Session, after: Session, policy_sha256: str, origin: DecisionSource
) -> Decision | None:
    """What made the next revision; None for a report that left outcome, open holds and fired rules as they were."""
    holds_before, holds_after = (
        {hold.kind: hold for hold in session.holds} for session in (before, after)
    )
    is_unchanged = (
        before.outcome is after.outcome
        and holds_before.keys() == holds_after.keys()
        and _fired_rules(before) == _fired_rules(after)
    )
    if is_unchanged and origin.cause is Cause.REPORT:
        return None
    opened = tuple(hold for kind, hold in holds_after.items() if kind not in holds_before)
    return Decision(
        at=after.updated_at,
        revision=after.revision,
        outcome_before=before.outcome,
        outcome=after.outcome,
        opened=opened,
        closed=tuple(hold for kind, hold in holds_before.items() if kind not in holds_after),
        reasons=_reasons(after, opened),
        policy_sha256=policy_sha256,
        revised=before.final and after.outcome is not before.outcome,
        final_at=after.final_at,
        source=origin,
    )


def _fired_rules(session: Session) -> set[str]:
    return {finding.rule for finding in session.findings}


def _reasons(after: Session, opened: Iterable[Hold]) -> tuple[Reason, ...]:
    return tuple(
        dict.fromkeys((*after.reasons, *(reason for hold in opened for reason in hold.reasons)))
    )
