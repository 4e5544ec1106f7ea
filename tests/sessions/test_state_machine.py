"""Reports in any order, dying workers and a failing LMS all end in the same state.

`STATE_MACHINE_EXAMPLES=2000 make pytest ARGS=tests/sessions/test_state_machine.py` tries more, and
others every time.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Flask
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from proctor_results.database.statement import Statement
from proctor_results.deliveries.manage import list_pending
from proctor_results.deliveries.messages import build_message
from proctor_results.deliveries.targets.base import PushResult, Unreachable
from proctor_results.operations.finalize_outcomes import finalize_outcomes
from proctor_results.sessions import repository
from proctor_results.sessions.enums import Outcome, Topic
from proctor_results.sessions.model import Session
from proctor_results.worker.registration import register_worker
from tests.conftest import LMS_KEY, VENDOR_KEY
from tests.support.dependencies_factory import reset_dependencies, set_finality_delay
from tests.support.exams import Exam, ExamDay, Post, exam_days
from tests.support.recording_target import RecordingTarget
from tests.support.reports import NOW
from tests.support.stepped_worker import SteppedWorker

LONGER = os.environ.get("STATE_MACHINE_EXAMPLES")
EFFORT = settings(
    max_examples=int(LONGER or 100), stateful_step_count=80, deadline=None, derandomize=not LONGER
)

FAILURES: tuple[PushResult, ...] = (
    Unreachable(detail="no answer within 15 s"),
    Unreachable(detail="answered 503", status=503),
    Unreachable(detail="answered 429", status=429, retry_after=timedelta(minutes=1)),
)

MIX: tuple[tuple[Any, ...], ...] = (
    (2, "reports_arrive", st.integers(1, 3)),
    (6, "a_worker_goes_on", st.integers(0, 1), st.integers(1, 2)),
    (1, "a_worker_is_killed_and_another_starts", st.integers(0, 1)),
    (1, "the_lms_will_answer", st.sampled_from(FAILURES)),
    (1, "the_lms_launches", st.integers(0, 2), st.sampled_from([{}, {"exam": "final"}])),
    (1, "outcomes_become_final", st.integers(1, 2)),
    (1, "time_goes_by", st.sampled_from([1, 5, 20, 60])),
)
"""The possible steps, with their weights."""
EVENTS = st.one_of(
    [st.tuples(st.just(name), *values) for often, name, *values in MIX for _ in range(often)]
)

RECEIPTS = Statement("SELECT body FROM receipt ORDER BY id")


def test_any_order_of_events_ends_with_the_same_state_everywhere(app: Flask) -> None:
    run_state_machine_as_test(service_of(app), settings=EFFORT)


def service_of(app: Flask) -> type[RuleBasedStateMachine]:
    """Return the state machine on the app's database."""

    class Here(Service):
        def __init__(self) -> None:
            super().__init__(app)

    return Here


class Service(RuleBasedStateMachine):
    """Run the web process and the steps of workers; a dead worker takes no further step."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self.app = app
        self.now = NOW
        self.listener = RecordingTarget()
        self.deps = reset_dependencies(app, self.listener, lambda: self.now)
        self.client = app.test_client()
        self.workers = [SteppedWorker(), SteppedWorker()]
        self.exams: tuple[Exam, ...] = ()
        self.on_the_way: list[Post] = []
        self.kept: list[bytes] = []
        self.launches: list[tuple[str, Mapping[str, str]]] = []
        self.news: dict[tuple[str, str], int] = {}
        self.ever_locked: set[str] = set()

    @initialize(day=exam_days(), finality_delay=st.sampled_from([0, 0, 30]))
    def exams_are_held(self, day: ExamDay, finality_delay: int) -> None:
        self.exams, self.on_the_way = day.exams, list(day.arrivals)
        self.deps = set_finality_delay(self.app, timedelta(seconds=finality_delay))

    @rule(event=EVENTS)
    def something_happens(self, event: tuple[Any, ...]) -> None:
        """One rule for all: Hypothesis leaves out some rules of a run, and all are needed."""
        name, *values = event
        getattr(self, name)(*values)

    def reports_arrive(self, number: int) -> None:
        for post in self.on_the_way[:number]:
            self.receive(post)
        del self.on_the_way[:number]

    def a_worker_goes_on(self, which: int, steps: int) -> None:
        for _ in range(steps):
            self.workers[which].take_step(self.deps, 3, self.now)

    def a_worker_is_killed_and_another_starts(self, which: int) -> None:
        self.workers[which] = SteppedWorker()
        register_worker(self.deps, "another", self.now)

    def the_lms_will_answer(self, answer: PushResult) -> None:
        self.listener.results.append(answer)

    def the_lms_launches(self, which: int, naming: Mapping[str, str]) -> None:
        exam = self.exams[which % len(self.exams)]
        self.launches.append((exam.identifier, naming))
        self.launch(exam.identifier, naming)

    def outcomes_become_final(self, number: int) -> None:
        finalized = finalize_outcomes(self.deps, number, self.now)
        self.news.update(
            {(session.identifier, Topic.OUTCOME): session.revision for session in finalized}
        )

    def time_goes_by(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @invariant()
    def whatever_was_answered_with_200_is_kept(self) -> None:
        assert [bytes(body) for (body,) in self.deps.database.fetch(RECEIPTS)] == self.kept

    @invariant()
    def nothing_old_overtakes_anything_new(self) -> None:
        for topic in Topic:
            for exam in self.exams:
                revisions = [data["revision"] for data in self.sent(exam.identifier, topic)]
                assert revisions == sorted(revisions)

    @invariant()
    def an_id_always_says_the_same(self) -> None:
        first_bodies = dict(self.listener.received)
        assert all(first_bodies[message_id] == body for message_id, body in self.listener.received)

    @invariant()
    def a_changed_final_outcome_is_sent_as_revised(self) -> None:
        for exam in self.exams:
            final: set[str] = set()
            for data in self.sent(exam.identifier, Topic.OUTCOME):
                assert data["revised"] or not final - {data["outcome"]}
                final |= {data["outcome"]} if data["final"] else set()

    def teardown(self) -> None:
        for post in self.on_the_way:
            self.receive(post)
        self.workers_finish()
        for exam in self.exams:
            self.the_lms_holds_what_is_so(exam.identifier)
        for exam in self.exams:
            self.the_order_made_no_difference(exam)

    def workers_finish(self) -> None:
        """Let the LMS answer 2xx again, and move the clock beyond all leases, pauses and delays."""
        self.listener.results = []
        self.now += timedelta(hours=9)
        self.outcomes_become_final(10)
        while list_pending(self.deps, 1):
            assert self.now < NOW + timedelta(days=30)
            self.now += timedelta(hours=9)
            self.a_worker_works_until_nothing_is_due()

    def a_worker_works_until_nothing_is_due(self) -> None:
        worker = SteppedWorker()
        worker.take_step(self.deps, 100, self.now)
        while worker.has_work:
            worker.take_step(self.deps, 100, self.now)

    def the_lms_holds_what_is_so(self, identifier: str) -> None:
        for topic in Topic:
            revision = self.news.get((identifier, topic))
            so = [] if revision is None else [message_data(self.known(identifier), topic, revision)]
            assert self.sent(identifier, topic)[-1:] == so
        assert self.known(identifier).final is (
            self.known(identifier).outcome is not Outcome.PENDING
        )

    def the_order_made_no_difference(self, exam: Exam) -> None:
        """The order of launch and reports does not matter: replay with the launch first."""
        in_order = f"{exam.identifier}-in-order"
        for identifier, naming in self.launches:
            if identifier == exam.identifier:
                self.launch(in_order, naming)
        for post in exam.posts(in_order):
            self.receive(post)
        assert lasting(self.known(exam.identifier)) == lasting(self.known(in_order))

    def receive(self, post: Post) -> None:
        before = repository.get(self.deps.database, post.identifier)
        answer = self.client.post(
            "/webhooks/supervisor", data=post.body, headers={"X-Api-Key": VENDOR_KEY}
        )
        assert answer.status_code == 200
        self.kept.append(post.body)
        self.note_news(before, self.known(post.identifier))

    def launch(self, identifier: str, naming: Mapping[str, str]) -> None:
        before = repository.get(self.deps.database, identifier)
        order = {"identifier": identifier, "student": "ann", **naming}
        assert self.client.post(
            "/sessions", json=order, headers={"X-Api-Key": LMS_KEY}
        ).status_code in (200, 201)
        self.note_news(before, self.known(identifier))

    def note_news(self, before: Session | None, after: Session) -> None:
        self.ever_locked |= {after.identifier} if after.locked else set()
        self.news.update(
            {
                (after.identifier, topic): after.revision
                for topic in self.changed_topics(before, after)
            }
        )

    def changed_topics(self, before: Session | None, after: Session) -> set[Topic]:
        """Return the topics to notify the LMS of; a lock only where the session was once locked."""
        of = set(Topic) if after.identifier in self.ever_locked else {Topic.OUTCOME}
        return {
            topic
            for topic in of
            if before is None or message_data(before, topic) != message_data(after, topic)
        }

    def known(self, identifier: str) -> Session:
        session = repository.get(self.deps.database, identifier)
        assert session is not None
        return session

    def sent(self, identifier: str, topic: Topic) -> list[Mapping[str, Any]]:
        """Return the data that was sent to the LMS about one topic, in order."""
        data = [
            message["data"]
            for _, message in self.listener.received
            if message["type"] == f"session.{topic}"
        ]
        return [each for each in data if each["identifier"] == identifier]


def message_data(session: Session, topic: Topic, revision: int = 0) -> Mapping[str, Any]:
    data = build_message(session, topic, revision, NOW)["data"]
    assert isinstance(data, Mapping)
    return data


def lasting(session: Session) -> Session:
    """Return the session without the fields that depend on the order of events."""
    holds = tuple(replace(hold, since=NOW) for hold in session.holds)
    comparable = replace(
        session, revised=False, lock_was_sent=False, final_at=None, revision=0, updated_at=NOW
    )
    return replace(comparable, identifier="", precedences={}, holds=holds)
