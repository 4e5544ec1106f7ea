"""A person, or the LMS in somebody's name, does something to a session."""

from collections.abc import Callable
from dataclasses import dataclass

from proctor_results.dependencies import Dependencies
from proctor_results.formats.json_value import Json
from proctor_results.sessions import repository
from proctor_results.sessions.commit import build_change_set, save_with_retry
from proctor_results.sessions.decision import DecisionSource
from proctor_results.sessions.enums import Cause, OperatorAction
from proctor_results.sessions.model import Session
from proctor_results.sessions.save import ChangeSet

SessionChange = Callable[[Session], Session | None]


@dataclass(frozen=True, kw_only=True)
class Attribution:
    """Who acts, and why, in their own words."""

    actor: str
    reason: str

    def to_source(self, action: OperatorAction, **inputs: Json) -> DecisionSource:
        """What stands with the decision."""
        return DecisionSource(
            cause=Cause.OPERATOR,
            actor=self.actor,
            note=self.reason,
            inputs={"action": action, **inputs},
        )


def change_session(
    deps: Dependencies, identifier: str, origin: DecisionSource, change: SessionChange
) -> Session | None:
    """The session after what was done; None where there is none, or nothing was to be done. Raises LedgerAway."""

    def decide() -> ChangeSet:
        before = repository.get(deps.database, identifier)
        after = None if before is None else change(before)
        return (
            ChangeSet()
            if before is None or after is None
            else build_change_set(deps, before, after, origin)
        )

    return save_with_retry(deps, decide).session
