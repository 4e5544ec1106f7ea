"""The LMS lets a learner sit, for the first time or again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from proctor_results.dependencies import Dependencies
from proctor_results.explanations.reevaluate_session import load_history
from proctor_results.formats.json_value import Json
from proctor_results.retention import erase_store
from proctor_results.sessions import repository
from proctor_results.sessions.commit import (
    build_change_set,
    ensure_policy_stored,
    retry_on_conflict,
    try_save,
)
from proctor_results.sessions.decision import DecisionSource
from proctor_results.sessions.enums import Cause
from proctor_results.sessions.model import Session
from proctor_results.sessions.rules.transitions import apply_launch, launch_changes_policy


@dataclass(frozen=True, kw_only=True)
class LaunchConflict:
    """The session exists, and is not what the LMS says it is. `field` is the one that differs."""

    field: str
    detail: str


def launch_session(
    deps: Dependencies,
    identifier: str,
    vendor: str,
    lms_attributes: Mapping[str, Json],
    now: datetime,
) -> Session | LaunchConflict:
    """The session with one launch more; the same identifier and student resume the same sitting. Raises LedgerAway."""

    def try_launch() -> Session | LaunchConflict | None:
        existing = repository.get(deps.database, identifier)
        if existing is None and erase_store.is_erased(deps.database, identifier):
            return LaunchConflict(
                field="identifier", detail="The session was erased: take another identifier."
            )
        conflict = _find_conflict(existing, vendor, lms_attributes)
        if conflict:
            return conflict
        before = existing or Session(identifier=identifier, vendor=vendor, updated_at=now)
        if launch_changes_policy(before, lms_attributes, deps.policy):
            return _reevaluated_under_new_policy(deps, before, lms_attributes, now)
        return _save(
            deps, before, apply_launch(before, lms_attributes, deps.policy, now), lms_attributes
        )

    ensure_policy_stored(deps)
    result: Session | LaunchConflict = retry_on_conflict(
        lambda: deps.database.run_write(try_launch)
    )  # type: ignore[assignment]  # mypy joins the two into object
    return result


def _find_conflict(
    existing: Session | None, vendor: str, lms_attributes: Mapping[str, Json]
) -> LaunchConflict | None:
    if existing is None:
        return None
    if existing.vendor != vendor:
        return LaunchConflict(field="vendor", detail=f"The session belongs to {existing.vendor}.")
    student = lms_attributes.get("student")
    if existing.student and student and existing.student != student:
        return LaunchConflict(
            field="student", detail="The session is another student's: take another identifier."
        )
    return None


def _reevaluated_under_new_policy(
    deps: Dependencies, before: Session, lms_attributes: Mapping[str, Json], now: datetime
) -> Session | None:
    """What comes in meanwhile waits, so that nothing is left to the policy that judged before."""
    with deps.database.transaction():
        if not repository.lock_if_unchanged(deps.database, before):
            return None
        after = apply_launch(before, lms_attributes, deps.policy, now, load_history(deps, before))
        return _save(deps, before, after, lms_attributes)


def _save(
    deps: Dependencies, before: Session, after: Session, lms_attributes: Mapping[str, Json]
) -> Session | None:
    change_set = build_change_set(
        deps,
        before,
        after,
        DecisionSource(cause=Cause.LAUNCH, inputs={"lms_attributes": lms_attributes}),
    )
    return change_set.session if try_save(deps, change_set) else None
