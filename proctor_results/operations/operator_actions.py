"""Holds, releases, overrides, withdraws and notes, for an operator or for the LMS.

The API, the command line and the dashboard call these use cases.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from proctor_results.dependencies import Dependencies
from proctor_results.formats.json_value import Json
from proctor_results.sessions import repository
from proctor_results.sessions.decision import DecisionSource
from proctor_results.sessions.enums import Cause, HoldKind, OperatorAction, Outcome
from proctor_results.sessions.model import Override, Session
from proctor_results.sessions.rules.evaluate import active_override
from proctor_results.sessions.rules.transitions import (
    apply_note,
    apply_override,
    apply_release,
    place_manual_hold,
    remove_override,
)
from proctor_results.sessions.save import build_change_set, ensure_policy_stored, save

OVERRIDE_OUTCOMES = (Outcome.ACCEPTED, Outcome.REJECTED, Outcome.PENDING)
"""Outcomes an operator may set. `skipped` is observed, never decided."""


@dataclass(frozen=True, kw_only=True)
class Attribution:
    """The person who acts, and the reason in their words."""

    actor: str
    reason: str

    def to_source(self, action: OperatorAction, **inputs: Json) -> DecisionSource:
        """Return the source that is stored with the decision."""
        return DecisionSource(
            cause=Cause.OPERATOR,
            actor=self.actor,
            note=self.reason,
            inputs={"action": action, **inputs},
        )


def place_hold(
    deps: Dependencies, identifier: str, attribution: Attribution, now: datetime
) -> Session | None:
    """Open a manual hold; None where there is no such session. Repeating it changes nothing.

    Raises DatabaseUnavailable.
    """
    detail = f"{attribution.actor}: {attribution.reason}"

    def hold(session: Session) -> Session | None:
        manual_hold = session.open_hold(HoldKind.MANUAL)
        if manual_hold and manual_hold.detail == detail:
            return None
        return place_manual_hold(session, detail, now)

    source = attribution.to_source(OperatorAction.HOLD)
    return _change_session(deps, identifier, source, hold) or repository.get(
        deps.database, identifier
    )


def release_hold(
    deps: Dependencies, identifier: str, kind: HoldKind, attribution: Attribution, now: datetime
) -> Session | None:
    """Close the open hold of that kind; None where there is none. Raises DatabaseUnavailable."""

    def release(session: Session) -> Session | None:
        if not session.open_hold(kind):
            return None
        return apply_release(session, kind, deps.policy.for_session(session), now)

    source = attribution.to_source(OperatorAction.RELEASE, hold=kind)
    return _change_session(deps, identifier, source, release)


def override_outcome(
    deps: Dependencies, identifier: str, outcome: Outcome, attribution: Attribution, now: datetime
) -> Session | None:
    """Set the outcome; None where there is no such session. Repeating it changes nothing.

    It prevails over older verdicts and over findings; a verdict signed later supersedes it.
    Raises DatabaseUnavailable.
    """
    override = Override(outcome=outcome, actor=attribution.actor, reason=attribution.reason, at=now)

    def set_override(session: Session) -> Session | None:
        existing = active_override(session)
        if existing and replace(existing, at=now) == override:
            return None
        return apply_override(session, override, deps.policy.for_session(session), now)

    source = attribution.to_source(OperatorAction.OVERRIDE, outcome=outcome)
    return _change_session(deps, identifier, source, set_override) or repository.get(
        deps.database, identifier
    )


def withdraw_override(
    deps: Dependencies, identifier: str, attribution: Attribution, now: datetime
) -> Session | None:
    """Let the outcome follow the reports again; None where there is no override.

    Raises DatabaseUnavailable.
    """

    def withdraw(session: Session) -> Session | None:
        if not session.override:
            return None
        return remove_override(session, deps.policy.for_session(session), now)

    source = attribution.to_source(OperatorAction.WITHDRAW_OVERRIDE)
    return _change_session(deps, identifier, source, withdraw)


def add_note(
    deps: Dependencies, identifier: str, attribution: Attribution, now: datetime
) -> Session | None:
    """Add a note to the session's decisions and change nothing else; None without such a session.

    Raises DatabaseUnavailable.
    """
    source = attribution.to_source(OperatorAction.NOTE)
    return _change_session(deps, identifier, source, lambda session: apply_note(session, now))


def _change_session(
    deps: Dependencies,
    identifier: str,
    source: DecisionSource,
    change: Callable[[Session], Session | None],
) -> Session | None:
    """Load, change and save the session; None where it does not exist or does not change."""

    def write() -> Session | None:
        before = repository.get(deps.database, identifier)
        after = before and change(before)
        if not before or not after:
            return None
        return save(deps, build_change_set(deps, before, after, source)).session

    ensure_policy_stored(deps)
    return deps.database.run_write(write)
