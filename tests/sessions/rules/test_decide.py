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


def to(outcome: Outcome, before: Session, minute: int, finality_delay: timedelta) -> Session:
    """Return the session after an evaluation at that minute."""
    return start_finality_window(
        before, replace(before, outcome=outcome, updated_at=at(minute)), finality_delay
    )


def test_without_a_finality_delay_an_outcome_is_final_at_once() -> None:
    accepted = to(Outcome.ACCEPTED, PENDING, 10, AT_ONCE)

    assert (accepted.final, accepted.final_at, accepted.revised) == (True, None, False)


def test_an_outcome_is_final_after_the_delay() -> None:
    accepted = to(Outcome.ACCEPTED, PENDING, 10, HOUR)

    assert (accepted.final, accepted.final_at, accepted.revised) == (False, at(70), False)
    assert finalize(accepted, at(70)).final


def test_a_change_before_it_is_final_restarts_the_delay_and_is_no_revision() -> None:
    rejected = to(Outcome.REJECTED, to(Outcome.ACCEPTED, PENDING, 10, HOUR), 30, HOUR)

    assert (rejected.final, rejected.final_at, rejected.revised) == (False, at(90), False)


def test_an_unchanged_outcome_keeps_its_time_of_finality() -> None:
    accepted = to(Outcome.ACCEPTED, PENDING, 10, HOUR)

    assert to(Outcome.ACCEPTED, accepted, 30, HOUR).final_at == at(70)


def test_an_outcome_withdrawn_before_it_is_final_does_not_become_final() -> None:
    pending = to(Outcome.PENDING, to(Outcome.ACCEPTED, PENDING, 10, HOUR), 30, HOUR)

    assert (pending.final, pending.final_at, pending.revised) == (False, None, False)


def test_a_change_of_a_final_outcome_is_a_revision_and_starts_the_delay() -> None:
    final = finalize(to(Outcome.ACCEPTED, PENDING, 10, HOUR), at(70))

    rejected = to(Outcome.REJECTED, final, 80, HOUR)

    assert (rejected.final, rejected.final_at, rejected.revised) == (False, at(140), True)


def test_what_was_once_revised_stays_so() -> None:
    rejected = to(Outcome.REJECTED, to(Outcome.ACCEPTED, PENDING, 10, AT_ONCE), 20, AT_ONCE)

    assert to(Outcome.PENDING, rejected, 30, HOUR).revised
    assert to(Outcome.ACCEPTED, rejected, 30, HOUR).revised
