"""How a report changes its session."""

from proctor_results.policies.model import ExamPolicy
from proctor_results.sessions.enums import Outcome, Status
from proctor_results.sessions.model import Session
from proctor_results.sessions.rules.apply_report import apply_report
from tests.support.sample_sessions import NOW, at, report

POLICY = ExamPolicy(sha256="0" * 64)
STOPPED = report(Status.STOPPED, stopped_at=at(20), score=64)
NEW_SESSION = Session(identifier="s-1", vendor="supervisor", updated_at=at(0))
ACCEPTED = report(Status.ACCEPTED, signed_at=at(50))


def test_a_first_report_makes_a_first_revision_however_little_it_says() -> None:
    first = apply_report(NEW_SESSION, report(), POLICY, NOW)

    assert first is not None
    assert (first.identifier, first.vendor, first.revision, first.updated_at) == (
        "s-1",
        "supervisor",
        1,
        NOW,
    )
    assert first.outcome is Outcome.PENDING


def test_a_new_report_makes_the_next_revision_and_is_evaluated() -> None:
    first = apply_report(NEW_SESSION, STOPPED, POLICY, at(21))
    assert first is not None

    second = apply_report(first, ACCEPTED, POLICY, at(51))

    assert second is not None
    assert (second.revision, second.outcome, second.updated_at) == (2, Outcome.ACCEPTED, at(51))


def test_a_report_known_better_already_makes_no_revision() -> None:
    accepted = apply_report(NEW_SESSION, ACCEPTED, POLICY, at(51))
    assert accepted is not None

    assert apply_report(accepted, report(Status.STARTED, signed_at=at(10)), POLICY, NOW) is None
