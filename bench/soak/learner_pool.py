"""A number of learners at once: when one has ended, another begins."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from bench.reconciliation.data import SentData, SessionLog
from bench.soak.client import SoakClient
from bench.soak.learner import Learner, LearnerBehaviour
from bench.soak.report_sender import ReportSender
from bench.soak.reports import reports_of_launched_session

BEHAVIOUR_WEIGHTS = {
    LearnerBehaviour.STEADY: 85,
    LearnerBehaviour.DISCONNECTS: 7,
    LearnerBehaviour.RETRIES_OLD_PAGE: 4,
    LearnerBehaviour.NEVER_RETURNS: 4,
}
LAUNCHES_PER_SECOND = 100
"""Launches a second until the pool is full."""


@dataclass(kw_only=True)
class LearnerPool:
    """`learner_count` learners at once; each sends a heartbeat every `heartbeat_interval` seconds.

    The `sender` posts the reports of the proctoring server about each of them.
    """

    client: SoakClient
    lms_key: str
    learner_count: int
    heartbeat_interval: float
    sitting_seconds: tuple[float, float]
    random: Random
    sent: SentData
    sender: ReportSender
    disconnected_at_revision: Callable[[str], int]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _count: int = 0

    async def run(self) -> None:
        """Run until the end, and until the last learner has ended."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(self.learner_count):
                tasks.create_task(self._run_learners(number / LAUNCHES_PER_SECOND))

    async def _run_learners(self, delay: float) -> None:
        await asyncio.sleep(delay)
        while not self.stopping.is_set():
            learner = self._create_learner()
            first_report, later_reports = reports_of_launched_session(
                self.random,
                learner.session_log.identifier,
                learner.session_log.student,
                datetime.now(UTC),
            )
            self.sender.add([first_report])
            await learner.run()
            if not learner.session_log.is_disconnected:
                self.sender.add(later_reports)

    def _create_learner(self) -> Learner:
        self._count += 1
        identifier = f"sitting-{self._count}"
        session_log = SessionLog(identifier=identifier, student=f"learner-{self._count}")
        self.sent.session_logs[identifier] = session_log
        return Learner(
            client=self.client,
            lms_key=self.lms_key,
            heartbeat_interval=self.heartbeat_interval,
            random=self.random,
            session_log=session_log,
            behaviour=self.random.choices(
                tuple(BEHAVIOUR_WEIGHTS), tuple(BEHAVIOUR_WEIGHTS.values())
            )[0],
            sitting_seconds=self.random.uniform(*self.sitting_seconds),
            disconnected_at_revision=self.disconnected_at_revision,
            sent=self.sent,
            stopping=self.stopping,
        )
