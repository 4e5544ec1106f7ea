"""Evaluates the history of a session by the policy that a launch brings."""

from proctor_results.database.connection import WriteConflict
from proctor_results.dependencies import Dependencies
from proctor_results.explanations.history import findings_in
from proctor_results.explanations.load_history import load_history
from proctor_results.policies.model import ExamPolicy
from proctor_results.sessions import repository
from proctor_results.sessions.model import Finding, Session


def findings_under_policy(
    deps: Dependencies, before: Session, policy: ExamPolicy
) -> tuple[Finding, ...]:
    """Return what the policy finds in all reports so far.

    The session stays locked meanwhile, so that no report is left to the policy before.
    """
    if not repository.lock_if_unchanged(deps.database, before):
        raise WriteConflict
    return findings_in(load_history(deps, before), policy, before.findings)
