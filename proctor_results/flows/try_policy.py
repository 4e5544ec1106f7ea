"""A policy is tried on the sessions there are: what would have been different under it? Nothing is written."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from proctor_results.domain.decision import Decision
from proctor_results.domain.policy import Policy
from proctor_results.domain.retelling import CannotBeRetold
from proctor_results.domain.session import Reason, Session
from proctor_results.domain.words import HoldKind
from proctor_results.flows.house import House
from proctor_results.flows.retell_session import retell_session
from proctor_results.store import decisions, sessions


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What came of a session: its outcome, the holds that were ever opened, the rules that fired, and why."""

    outcome: str
    opened: frozenset[HoldKind]
    rules: frozenset[str]
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A session as it was judged, and as this policy would have judged it; `impossible` says why that is not known."""

    session: Session
    before: Judgement
    after: Judgement | None
    impossible: str = ""

    @property
    def differs(self) -> tuple[str, ...]:
        """In what: `outcome`, `opened` holds, `rules`."""
        if self.after is None:
            return ()
        names = ("outcome", "opened", "rules")
        return tuple(name for name in names if getattr(self.before, name) != getattr(self.after, name))


def count_sessions(house: House) -> int:
    """How far their numbers go. Raises LedgerAway."""
    return sessions.last(house.ledger)


def try_policy(house: House, policy: Policy, exam: str | None, read: Callable[[int], None]) -> Iterator[Tried]:
    """Every session, or those of that exam, one after the other; `read` is told of each step. Raises LedgerAway."""
    for numbers, found in sessions.pages(house.ledger):
        yield from (_tried(house, each, policy) for each in found if exam is None or each.exam == exam)
        read(numbers)


def _tried(house: House, session: Session, policy: Policy) -> Tried:
    decided = decisions.of(house.ledger, session.identifier)
    before = _judgement(session, [each.decision for each in decided])
    made, last = list[Decision](), session
    try:
        for each in retell_session(house, session, decided, policy):
            last = each.session
            made += [each.decision] if each.decision else []
    except CannotBeRetold as error:
        return Tried(session=session, before=before, after=None, impossible=str(error))
    return Tried(session=session, before=before, after=_judgement(last, made))


def _judgement(session: Session, made: Iterable[Decision]) -> Judgement:
    opened = [hold for each in made for hold in each.opened]
    reasons = (*session.reasons, *(reason for hold in opened for reason in hold.reasons))
    return Judgement(
        outcome=session.outcome,
        opened=frozenset(hold.kind for hold in opened),
        rules=frozenset(finding.rule for finding in session.findings),
        reasons=tuple(dict.fromkeys(reasons)),
    )
