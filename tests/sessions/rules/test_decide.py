"""When an outcome becomes final, and what is a revision."""

from dataclasses import replace
from datetime import timedelta

from proctor_results.sessions.enums import Outcome
from proctor_results.sessions.model import Session
from proctor_results.sessions.rules.decide import finalize, start_finality_window
from tests.support.sample_sessions import at, session

HOUR = timedelta(hours=1)
AT_ONCE = timedelta()
PENDING = session(status="stopped")


def to(outcome: Outcome, before: Session, minute: int, settle: timedelta) -> Session:
    """The session after a judgement at that minute."""
    return start_finality_window(
        before, replace(before, outcome=outcome, updated_at=at(minute)), settle
    )


def test_without_a_settle_time_an_outcome_is_final_at_once() -> None:
    accepted = to(Outcome.ACCEPTED, PENDING, 10, AT_ONCE)

    assert (accepted.final, accepted.final_at, accepted.revised) == (True, None, False)


def test_an_outcome_settles_before_it_is_final() -> None:
    accepted = to(Outcome.ACCEPTED, PENDING, 10, HOUR)

    assert (accepted.final, accepted.final_at, accepted.revised) == (False, at(70), False)
    assert finalize(accepted, at(70)).final


def test_a_change_while_it_settles_begins_anew_and_is_no_revision() -> None:
    rejected = to(Outcome.REJECTED, to(Outcome.ACCEPTED, PENDING, 10, HOUR), 30, HOUR)

    assert (rejected.final, rejected.final_at, rejected.revised) == (False, at(90), False)


def test_what_leaves_the_outcome_as_it_is_lets_it_settle_on() -> None:
    accepted = to(Outcome.ACCEPTED, PENDING, 10, HOUR)

    assert to(Outcome.ACCEPTED, accepted, 30, HOUR).final_at == at(70)


def test_an_outcome_taken_back_while_it_settles_settles_no_more() -> None:
    pending = to(Outcome.PENDING, to(Outcome.ACCEPTED, PENDING, 10, HOUR), 30, HOUR)

    assert (pending.final, pending.final_at, pending.revised) == (False, None, False)


def test_a_change_of_a_final_outcome_is_a_revision_and_settles_too() -> None:
    final = finalize(to(Outcome.ACCEPTED, PENDING, 10, HOUR), at(70))

    rejected = to(Outcome.REJECTED, final, 80, HOUR)

    assert (rejected.final, rejected.final_at, rejected.revised) == (False, at(140), True)


def test_what_was_once_revised_stays_so() -> None:
    rejected = to(Outcome.REJECTED, to(Outcome.ACCEPTED, PENDING, 10, AT_ONCE), 20, AT_ONCE)

    assert to(Outcome.PENDING, rejected, 30, HOUR).revised
    assert to(Outcome.ACCEPTED, rejected, 30, HOUR).revised
