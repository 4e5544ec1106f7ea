"""Somebody asks why a session is as it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from proctor_results.domain.decision import Decision
from proctor_results.domain.retelling import CannotBeRetold
from proctor_results.domain.session import Session
from proctor_results.flows.house import House
from proctor_results.flows.retell_session import retell_session
from proctor_results.store import decisions, sessions
from proctor_results.store.decisions import EVERY, Decided, ReceiptMark

__all__ = ["Again", "Explained", "Explanation", "ReceiptMark", "explain_session"]


class Again(StrEnum):
    """What comes of judging again, from what is stored, by the policy that judged then."""

    SAME = "same"
    DIFFERENT = "different"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, kw_only=True)
class Explained:
    """A decision, the receipt behind it if a request brought it about, and what comes of judging again.

    `detail` says why that is impossible, or how it differs.
    """

    decision: Decision
    receipt: ReceiptMark | None
    again: Again
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A session as it is now, and what was decided about it, the oldest first."""

    session: Session
    decisions: tuple[Explained, ...]


def explain_session(house: House, identifier: str, after: int = 0, limit: int = EVERY) -> Explanation | None:
    """Why the session is as it is, by the first decisions that made a revision after this one.

    None where there is no session of that identifier. Raises LedgerAway.
    """
    session = sessions.find(house.ledger, identifier)
    if session is None:
        return None
    decided = decisions.of(house.ledger, identifier, after=after, limit=limit)
    return Explanation(session=session, decisions=tuple(_explained(house, session, decided)))


def _explained(house: House, session: Session, decided: list[Decided]) -> Iterator[Explained]:
    retold, impossible = _judged_again(house, session, decided) if decided else ({}, "")
    for each in decided:
        again, detail = _compared(each.decision, retold.get(each.decision.revision), impossible)
        yield Explained(decision=each.decision, receipt=each.receipt, again=again, detail=detail)


def _judged_again(house: House, session: Session, decided: list[Decided]) -> tuple[dict[int, Decision], str]:
    """By revision, from the beginning to the last of these as far as possible, and why no further."""
    retold: dict[int, Decision] = {}
    first, last = decided[0].decision.revision, decided[-1].decision.revision
    earlier = decisions.of(house.ledger, session.identifier, upto=first - 1)
    try:
        for each in retell_session(house, session, [*earlier, *decided]):
            if each.decision:
                retold[each.decision.revision] = each.decision
            if each.step.revision >= last:
                break
    except CannotBeRetold as error:
        return retold, str(error)
    return retold, ""


def _compared(made: Decision, again: Decision | None, impossible: str) -> tuple[Again, str]:
    if again == made:
        return Again.SAME, ""
    if again is None and impossible:
        return Again.IMPOSSIBLE, impossible
    return Again.DIFFERENT, "nothing is decided" if again is None else _difference(made, again)


def _difference(made: Decision, again: Decision) -> str:
    names = [name for name, value in vars(made).items() if getattr(again, name) != value]
    return f"{again.outcome}, locked by {_kinds(again)}; other {', '.join(names)}"


def _kinds(again: Decision) -> str:
    return ", ".join(hold.kind for hold in again.opened) or "nothing new"
