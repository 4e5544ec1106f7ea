"""All clients of the service at once: a proctoring server, learners, an exam office."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from bench.reconciliation.data import SentData
from bench.soak.client import SoakClient
from bench.soak.exam_office import ExamOffice
from bench.soak.faulty_lms import FaultyLms
from bench.soak.learner_pool import LearnerPool
from bench.soak.plan import Plan
from bench.soak.report_sender import ReportSender, endless_reports
from bench.soak.reports import reports_of_unlaunched_session
from demo.environment import HOST, DemoEnvironment


@dataclass(frozen=True, kw_only=True)
class SoakLoad:
    """All clients, and what they have sent."""

    sent: SentData
    sender: ReportSender
    learner_pool: LearnerPool
    exam_office: ExamOffice
    stopping: asyncio.Event

    async def run(self) -> None:
        """Run until everything was answered: first the learners, then the reports about them."""
        sender_task = asyncio.create_task(self.sender.run())
        office_task = asyncio.create_task(self.exam_office.place_holds())
        await self.learner_pool.run()
        self.sender.stopping = True
        await asyncio.gather(sender_task, office_task)


def create_load(environment: DemoEnvironment, lms: FaultyLms, plan: Plan) -> SoakLoad:
    """Create the planned load.

    All choices depend on the seed alone, their order on the machine too.
    """
    stopping, sent_data = asyncio.Event(), SentData()
    vendor_client, office_client, browser_client = (
        _create_client(environment, timeout) for timeout in (30, 20, 8)
    )
    report_random = Random(plan.seed)  # no secret

    def reports_of_next_session(number: int) -> Sequence[bytes]:
        return reports_of_unlaunched_session(
            report_random, f"unlaunched-{number}", datetime.now(UTC)
        )

    sender = ReportSender(
        client=vendor_client,
        key=environment.vendor_key,
        rate=plan.webhooks,
        random=Random(plan.seed + 1),  # as above
        sent=sent_data,
        next_reports=endless_reports(reports_of_next_session),
    )
    learner_pool = LearnerPool(
        client=browser_client,
        lms_key=environment.lms_key,
        learner_count=plan.learner_count,
        heartbeat_interval=plan.heartbeat_config[0],
        sitting_seconds=plan.sitting_seconds,
        random=Random(plan.seed + 2),  # as above
        sent=sent_data,
        sender=sender,
        disconnected_at_revision=lms.disconnected_at_revision,
        stopping=stopping,
    )
    exam_office = ExamOffice(
        client=office_client,
        lms_key=environment.lms_key,
        random=Random(plan.seed + 3),  # as above
        sent=sent_data,
        stopping=stopping,
    )
    return SoakLoad(
        sent=sent_data,
        sender=sender,
        learner_pool=learner_pool,
        exam_office=exam_office,
        stopping=stopping,
    )


def _create_client(environment: DemoEnvironment, timeout: float) -> SoakClient:
    return SoakClient(host=HOST, port=environment.web_port, timeout=timeout)
