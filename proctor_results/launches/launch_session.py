"""The LMS lets a learner sit, for the first time or again."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from proctor_results.dependencies import Dependencies
from proctor_results.formats.json_value import Json
from proctor_results.launches.findings_under_policy import findings_under_policy
from proctor_results.retention.erase import is_erased
from proctor_results.sessions import repository
from proctor_results.sessions.decision import DecisionSource
from proctor_results.sessions.enums import Cause
from proctor_results.sessions.model import Session
from proctor_results.sessions.rules.transitions import apply_launch, policy_changed_by_launch
from proctor_results.sessions.save import build_change_set, ensure_policy_stored, save


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
    """Return the session with one launch more. Raises DatabaseUnavailable.

    The same identifier and student resume the same sitting.
    """
    source = DecisionSource(cause=Cause.LAUNCH, inputs={"lms_attributes": lms_attributes})

    def write() -> Session | LaunchConflict:
        existing = repository.get(deps.database, identifier)
        conflict = _find_conflict(deps, existing, identifier, vendor, lms_attributes)
        if conflict:
            return conflict
        before = existing or Session(identifier=identifier, vendor=vendor, updated_at=now)
        new_policy = policy_changed_by_launch(before, lms_attributes, deps.policy)
        with deps.database.transaction() if new_policy else nullcontext():
            findings = findings_under_policy(deps, before, new_policy) if new_policy else None
            after = apply_launch(before, lms_attributes, deps.policy, now, findings)
            change_set = save(deps, build_change_set(deps, before, after, source))
        return change_set.session or after

    ensure_policy_stored(deps)
    return deps.database.run_write(write)


def _find_conflict(
    deps: Dependencies,
    existing: Session | None,
    identifier: str,
    vendor: str,
    lms_attributes: Mapping[str, Json],
) -> LaunchConflict | None:
    if existing is None:
        detail = "The session was erased: take another identifier."
        erased = is_erased(deps, identifier)
        return LaunchConflict(field="identifier", detail=detail) if erased else None
    if existing.vendor != vendor:
        return LaunchConflict(field="vendor", detail=f"The session belongs to {existing.vendor}.")
    student = lms_attributes.get("student")
    if existing.student and student and existing.student != student:
        detail = "The session is another student's: take another identifier."
        return LaunchConflict(field="student", detail=detail)
    return None
