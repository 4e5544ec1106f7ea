"""A person, or the LMS in somebody's name, does something to a session."""

from collections.abc import Callable
from dataclasses import dataclass

from proctor_results.dependencies import Dependencies
from proctor_results.formats.json_value import Json
from proctor_results.sessions import repository
from proctor_results.sessions.decision import DecisionSource
from proctor_results.sessions.enums import Cause, OperatorAction
from proctor_results.sessions.model import Session
from proctor_results.sessions.save import build_change_set, ensure_policy_stored, save

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
    deps: Dependencies, identifier: str, source: DecisionSource, change: SessionChange
) -> Session | None:
    """Return the changed session; None where there is none, or there was nothing to change.

    Raises DatabaseUnavailable.
    """

    def write() -> Session | None:
        before = repository.get(deps.database, identifier)
        after = None if before is None else change(before)
        if before is None or after is None:
            return None
        return save(deps, build_change_set(deps, before, after, source)).session

    ensure_policy_stored(deps)
    return deps.database.run_write(write)
