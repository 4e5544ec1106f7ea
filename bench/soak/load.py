"""Everybody who asks something of the service at once: a proctoring server, a room full of learners, an exam office."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from bench.reconciliation.sides import Sent
from bench.soak.classroom import Classroom
from bench.soak.client import Client
from bench.soak.lms import Lms
from bench.soak.office import Office
from bench.soak.plan import Plan
from bench.soak.reports import of_stranger
from bench.soak.sender import Sender, endless
from proctor_results.sandbox.demo.premises import HOST, Premises


@dataclass(frozen=True, kw_only=True)
class Load:
    """All of them, and what they have sent."""

    sent: Sent
    sender: Sender
    classroom: Classroom
    office: Office
    over: asyncio.Event

    async def run(self) -> None:
        """Until it is over and everything was answered: the learners end first, then what is reported of them."""
        sending = asyncio.create_task(self.sender.run())
        working = asyncio.create_task(self.office.work())
        await self.classroom.run()
        self.sender.stopping = True
        await asyncio.gather(sending, working)


def load_on(premises: Premises, lms: Lms, plan: Plan) -> Load:
    """As much as is planned. Who chooses what depends on the seed alone; in which order they get to, on the machine."""
    over, sent = asyncio.Event(), Sent()
    vendor, office, browsers = (_client(premises, patience) for patience in (30, 20, 8))
    reports = Random(plan.seed)  # noqa: S311  # no secret

    def of_another(number: int) -> Sequence[bytes]:
        return of_stranger(reports, f"stranger-{number}", datetime.now(UTC))

    sender = Sender(
        client=vendor,
        key=premises.vendor_key,
        rate=plan.webhooks,
        random=Random(plan.seed + 1),  # noqa: S311  # as above
        sent=sent,
        more=endless(of_another),
    )
    classroom = Classroom(
        client=browsers,
        lms_key=premises.lms_key,
        seats=plan.seats,
        every=plan.rhythm[0],
        stays=plan.stays,
        random=Random(plan.seed + 2),  # noqa: S311  # as above
        sent=sent,
        sender=sender,
        cut_off_at=lms.cut_off_at,
        over=over,
    )
    at_work = Office(
        client=office,
        lms_key=premises.lms_key,
        random=Random(plan.seed + 3),  # noqa: S311  # as above
        sent=sent,
        over=over,
    )
    return Load(sent=sent, sender=sender, classroom=classroom, office=at_work, over=over)


def _client(premises: Premises, patience: float) -> Client:
    return Client(host=HOST, port=premises.web_port, patience=patience)
