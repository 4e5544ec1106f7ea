"""Evaluates stored sessions again under another policy, and shows what would differ."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from proctor_results.dependencies import Dependencies
from proctor_results.explanations.list_decisions import list_decisions
from proctor_results.explanations.reevaluate import CannotReevaluate
from proctor_results.explanations.reevaluate_session import reevaluate_session
from proctor_results.policies.model import Policy
from proctor_results.sessions import repository
from proctor_results.sessions.decision import Decision
from proctor_results.sessions.enums import HoldKind
from proctor_results.sessions.model import Reason, Session


@dataclass(frozen=True, kw_only=True)
class PolicyResult:
    """A session under a policy: outcome, holds that were ever opened, rules that fired, reasons."""

    outcome: str
    opened: frozenset[HoldKind]
    rules: frozenset[str]
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BacktestResult:
    """A session as it was decided, and under the tested policy; None where that is unknown."""

    session: Session
    before: PolicyResult
    after: PolicyResult | None

    @property
    def differs(self) -> tuple[str, ...]:
        """Which of `outcome`, `opened` and `rules` differ."""
        if self.after is None:
            return ()
        names = ("outcome", "opened", "rules")
        return tuple(
            name for name in names if getattr(self.before, name) != getattr(self.after, name)
        )


def last_session_id(deps: Dependencies) -> int:
    """Return the highest id of a session. Raises DatabaseUnavailable."""
    return repository.last_id(deps.database)


def backtest_policy(
    deps: Dependencies, policy: Policy, exam: str | None, report_progress: Callable[[int], None]
) -> Iterator[BacktestResult]:
    """Evaluate every session, or those of one exam, and write nothing. Raises DatabaseUnavailable.

    `report_progress` gets steps towards `last_session_id`.
    """
    for scanned_count, batch in repository.read_pages(deps.database):
        for session in batch:
            if exam is None or session.exam == exam:
                yield _backtest_session(deps, session, policy)
        report_progress(scanned_count)


def _backtest_session(deps: Dependencies, session: Session, policy: Policy) -> BacktestResult:
    stored_decisions = list_decisions(deps.database, session.identifier)
    before = _policy_result(session, [stored.decision for stored in stored_decisions])
    reevaluated_decisions, last_session = list[Decision](), session
    try:
        for event in reevaluate_session(deps, session, stored_decisions, policy):
            last_session = event.session
            reevaluated_decisions += [event.decision] if event.decision else []
    except CannotReevaluate:
        return BacktestResult(session=session, before=before, after=None)
    return BacktestResult(
        session=session, before=before, after=_policy_result(last_session, reevaluated_decisions)
    )


def _policy_result(session: Session, applied_decisions: Iterable[Decision]) -> PolicyResult:
    opened = [hold for decision in applied_decisions for hold in decision.opened]
    reasons = (*session.reasons, *(reason for hold in opened for reason in hold.reasons))
    return PolicyResult(
        outcome=session.outcome,
        opened=frozenset(hold.kind for hold in opened),
        rules=frozenset(finding.rule for finding in session.findings),
        reasons=tuple(dict.fromkeys(reasons)),
    )
