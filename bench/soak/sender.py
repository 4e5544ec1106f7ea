"""A proctoring server that sends each report at least once: until it is answered, always with the same bytes."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from random import Random

from bench.reconciliation.sides import Post, Sent
from bench.soak.client import Client

REPEATED = 0.1
"""How often a report that was answered is sent once more."""

SETTLED = frozenset({200, 400, 422})
"""Answers after which a vendor has no reason to send it again."""

PAUSE = 1.0
IN_THE_AIR = 100


@dataclass(kw_only=True)
class Sender:
    """Sends so many a second in an order that nobody planned; `more` gives the reports of one more session.

    `lag` is by how many seconds one left late, at most; whoever reads it sets it back.
    """

    client: Client
    key: str
    rate: float
    random: Random
    sent: Sent
    more: Callable[[], Iterable[bytes]]
    lag: float = 0
    stopping: bool = False
    _waiting: list[bytes] = field(default_factory=list)
    _again: list[tuple[float, bytes]] = field(default_factory=list)
    _air: set[asyncio.Task[None]] = field(default_factory=set)

    def add(self, bodies: Iterable[bytes]) -> None:
        """These are to be sent, too."""
        self._waiting.extend(bodies)

    async def run(self) -> None:
        """Until it is told to stop, and then until everything has been answered."""
        due = time.monotonic()
        while not self._is_over():
            due = max(due + 1 / self._rate, time.monotonic() - 1)
            await asyncio.sleep(due - time.monotonic())
            self.lag = max(self.lag, time.monotonic() - due)
            body = self._next() if len(self._air) < IN_THE_AIR else None
            if body is not None:
                task = asyncio.create_task(self._send(body))
                self._air.add(task)
                task.add_done_callback(self._air.discard)

    @property
    def _rate(self) -> float:
        return self.rate * _HURRY if self.stopping else self.rate

    def _is_over(self) -> bool:
        return self.stopping and not (self._waiting or self._again or self._air)

    def _next(self) -> bytes | None:
        """What was not answered comes first; else any of those that wait, of several sessions at once."""
        if self._again and self._again[0][0] <= time.monotonic():
            return self._again.pop(0)[1]
        while len(self._waiting) < self.rate * _MIXED_FOR and not self.stopping:
            self._waiting.extend(self.more())
        if not self._waiting:
            return None
        place = self.random.randrange(len(self._waiting))
        self._waiting[place], self._waiting[-1] = self._waiting[-1], self._waiting[place]
        return self._waiting.pop()

    async def _send(self, body: bytes) -> None:
        headers = {"Content-Type": "application/json", "X-Api-Key": self.key}
        answer = await self.client.ask("POST", "/webhooks/supervisor", headers, body)
        self.sent.posts.append(Post(body=body, status=answer.status))
        if answer.status not in SETTLED:
            self._again.append((time.monotonic() + PAUSE, body))
        elif self.random.random() < REPEATED and not self.stopping:
            self._waiting.append(body)


_HURRY = 3
"""In the end, so that it comes."""

_MIXED_FOR = 4
"""Seconds; reports wait for about so long, so that those of one session lie apart and come in any order."""


def endless(reports: Callable[[int], Iterable[bytes]]) -> Callable[[], Iterable[bytes]]:
    """The reports of session 1, 2, 3 …, one more with each call."""
    numbers: Iterator[int] = iter(range(1, 1_000_000_000))
    return lambda: reports(next(numbers))
