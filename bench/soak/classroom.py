"""A room full of learners: whenever one has ended, another begins."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from bench.reconciliation.sides import Sent, Sitting
from bench.soak.client import Client
from bench.soak.learner import Learner, Temper
from bench.soak.reports import of_sitting
from bench.soak.sender import Sender

TEMPERS = {Temper.STEADY: 85, Temper.CUT_OFF: 7, Temper.STUBBORN: 4, Temper.GONE: 4}
LAUNCHES = 100
"""A second, until the room is full."""


@dataclass(kw_only=True)
class Classroom:
    """`seats` learners at once, who stay for some seconds each and are heard from `every` so many seconds.

    What the proctoring server has to say about each of them goes through the `sender`, what the LMS holds, it says.
    """

    client: Client
    lms_key: str
    seats: int
    every: float
    stays: tuple[float, float]
    random: Random
    sent: Sent
    sender: Sender
    cut_off_at: Callable[[str], int]
    over: asyncio.Event = field(default_factory=asyncio.Event)
    _count: int = 0

    async def run(self) -> None:
        """Until it is over, and the last learner has ended."""
        async with asyncio.TaskGroup() as seats:
            for seat in range(self.seats):
                seats.create_task(self._seat(seat / LAUNCHES))

    async def _seat(self, wait: float) -> None:
        await asyncio.sleep(wait)
        while not self.over.is_set():
            learner = self._learner()
            first, others = of_sitting(
                self.random, learner.sitting.identifier, learner.sitting.student, datetime.now(UTC)
            )
            self.sender.add([first])
            await learner.sit()
            if not learner.sitting.silent:
                self.sender.add(others)

    def _learner(self) -> Learner:
        self._count += 1
        identifier = f"sitting-{self._count}"
        sitting = Sitting(identifier=identifier, student=f"learner-{self._count}")
        self.sent.sittings[identifier] = sitting
        return Learner(
            client=self.client,
            lms_key=self.lms_key,
            every=self.every,
            random=self.random,
            sitting=sitting,
            temper=self.random.choices(tuple(TEMPERS), tuple(TEMPERS.values()))[0],
            stays=self.random.uniform(*self.stays),
            cut_off_at=self.cut_off_at,
            sent=self.sent,
            over=self.over,
        )
