"""Checks that service, LMS and pages agree on a disconnected learner and on a classmate."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from demo.api_client import find_differences, received_messages
from demo.environment import DemoEnvironment
from demo.output import session_summary
from demo.processes import Process, with_process_logs
from demo.waiting import wait_until
from sandbox.exam_page import HeartbeatLog
from sandbox.expected_session import ExpectedSession


@dataclass(frozen=True, kw_only=True)
class DisconnectCheck:
    """The two sessions of the step.

    `classmate_log` is what the classmate's page received, `timeout_seconds` holds for each step.
    """

    demo_environment: DemoEnvironment
    processes: Sequence[Process]
    learner: ExpectedSession
    classmate: ExpectedSession
    classmate_log: HeartbeatLog
    timeout_seconds: float

    def wait_for_state(
        self,
        step: str,
        holds: Sequence[str] = (),
        *,
        heartbeat_log: HeartbeatLog | None = None,
        not_before_seconds: float = 0,
    ) -> None:
        """Wait until service, LMS and pages show these holds, and none for the classmate.

        `heartbeat_log` is what the learner's page received since its last launch; the step takes at
        least `not_before_seconds`.
        """
        not_before = time.monotonic() + not_before_seconds
        wait_until(
            f"  {step:<26}",
            lambda: (
                self._first_difference(holds, heartbeat_log)
                or ("waiting for the minimum time" if time.monotonic() < not_before else "")
            ),
            self.processes,
            self.timeout_seconds + not_before_seconds,
            result_text=lambda: f"LMS: {self._lms_summary()}",
        )

    def _first_difference(self, holds: Sequence[str], heartbeat_log: HeartbeatLog | None) -> str:
        learner = replace(self.learner, locked=bool(holds))
        return (
            self._page_difference(self.classmate, self.classmate_log, ())
            or (
                ""
                if heartbeat_log is None
                else self._page_difference(learner, heartbeat_log, holds)
            )
            or find_differences(self.demo_environment, [learner, self.classmate])
            or self._lms_difference(holds)
        )

    def _page_difference(
        self, expected: ExpectedSession, heartbeat_log: HeartbeatLog, holds: Sequence[str]
    ) -> str:
        """Return what the page still waits for.

        A wrong reply ends the demo: no later one mends it.
        """
        expected_summary = session_summary(expected.outcome, holds)
        for reply in heartbeat_log.replies:
            summary = session_summary(expected.outcome, reply.holds)
            if summary != expected_summary:
                raise with_process_logs(
                    f"{expected.name}: its page received {summary} where {expected_summary} is "
                    "expected",
                    self.processes,
                )
        problem = heartbeat_log.last_error or (
            "too few so far" if len(heartbeat_log.replies) < _MIN_REPLIES else ""
        )
        return f"{expected.name}: its page waits for responses: {problem}" if problem else ""

    def _lms_difference(self, holds: Sequence[str]) -> str:
        summary, expected_summary = (
            self._lms_summary(),
            session_summary(self.learner.outcome, holds),
        )
        return (
            ""
            if summary == expected_summary
            else f"{self.learner.name}: the LMS holds {summary} "
            f"where {expected_summary} is expected"
        )

    def _lms_summary(self) -> str:
        session = received_messages(self.demo_environment)["sessions"][self.learner.identifier]
        return session_summary(session["outcome"], [hold["kind"] for hold in session["holds"]])


_MIN_REPLIES = 2
"""Replies that must agree, so that a page that stays locked is seen to stay locked."""
