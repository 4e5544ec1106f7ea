"""Holds, releases, overrides, withdraws and notes, for an operator or for the LMS.

The API, the command line and the dashboard call this use case.
"""

from dataclasses import dataclass
from datetime import datetime

from proctor_results.dependencies import Dependencies
from proctor_results.formats.json_value import Json
from proctor_results.sessions import repository
from proctor_results.sessions.decision import DecisionSource
from proctor_results.sessions.enums import Cause, OperatorAction, Outcome
from proctor_results.sessions.model import Session
from proctor_results.sessions.rules.transitions import apply_operator_action
from proctor_results.sessions.save import build_change_set, ensure_policy_stored, save

OVERRIDE_OUTCOMES = (Outcome.ACCEPTED, Outcome.REJECTED, Outcome.PENDING)
"""Outcomes an operator may set. `skipped` is observed, never decided."""

_NOT_REPEATABLE = (OperatorAction.RELEASE, OperatorAction.WITHDRAW_OVERRIDE)


@dataclass(frozen=True, kw_only=True)
class Attribution:
    """The person who acts, and the reason in their words."""

    actor: str
    reason: str


def act(
    deps: Dependencies,
    identifier: str,
    action: OperatorAction,
    attribution: Attribution,
    now: datetime,
    **inputs: Json,
) -> Session | None:
    """Change the session as an operator asks; None where there is no such session.

    A release names its `hold`, an override its `outcome`. The override prevails over older
    verdicts and over findings; a verdict signed later supersedes it. Repeating an action changes
    nothing; a release without that hold, and a withdrawal without an override, give None. Raises
    DatabaseUnavailable.
    """
    source = DecisionSource(
        cause=Cause.OPERATOR,
        actor=attribution.actor,
        note=attribution.reason,
        inputs={"action": action, **inputs},
    )

    def write() -> Session | None:
        before = repository.get(deps.database, identifier)
        if before is None:
            return None
        after = apply_operator_action(before, source, deps.policy.for_session(before), now)
        if after is None:
            return None if action in _NOT_REPEATABLE else before
        return save(deps, build_change_set(deps, before, after, source)).session

    ensure_policy_stored(deps)
    return deps.database.run_write(write)
