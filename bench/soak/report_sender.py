"""A proctoring server that sends each report until it is answered, with the same bytes."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from random import Random

from bench.reconciliation.data import PostAttempt, SentData
from bench.soak.client import SoakClient

REPEAT_PROBABILITY = 0.1
"""The share of answered reports that are sent once more."""

FINAL_STATUSES = frozenset({200, 400, 422})
"""Statuses after which a vendor has no reason to repeat."""

RETRY_DELAY = 1.0
MAX_IN_FLIGHT = 100


@dataclass(kw_only=True)
class ReportSender:
    """Sends `rate` reports a second in random order; `next_reports` returns one more session's.

    `lag` is the longest delay in seconds; reading it resets it.
    """

    client: SoakClient
    key: str
    rate: float
    random: Random
    sent: SentData
    next_reports: Callable[[], Iterable[bytes]]
    lag: float = 0
    stopping: bool = False
    _waiting: list[bytes] = field(default_factory=list)
    _retries: list[tuple[float, bytes]] = field(default_factory=list)
    _in_flight: set[asyncio.Task[None]] = field(default_factory=set)

    def add(self, bodies: Iterable[bytes]) -> None:
        """Add reports to send."""
        self._waiting.extend(bodies)

    async def run(self) -> None:
        """Run until it is stopped, and until everything was answered."""
        due_at = time.monotonic()
        while not self._is_finished():
            due_at = max(due_at + 1 / self._rate, time.monotonic() - 1)
            await asyncio.sleep(due_at - time.monotonic())
            self.lag = max(self.lag, time.monotonic() - due_at)
            body = self._next_body() if len(self._in_flight) < MAX_IN_FLIGHT else None
            if body is not None:
                task = asyncio.create_task(self._send(body))
                self._in_flight.add(task)
                task.add_done_callback(self._in_flight.discard)

    @property
    def _rate(self) -> float:
        return self.rate * _FINAL_RATE_FACTOR if self.stopping else self.rate

    def _is_finished(self) -> bool:
        return self.stopping and not (self._waiting or self._retries or self._in_flight)

    def _next_body(self) -> bytes | None:
        """Return a report that was not answered, else one of the waiting ones."""
        if self._retries and self._retries[0][0] <= time.monotonic():
            return self._retries.pop(0)[1]
        while len(self._waiting) < self.rate * _SHUFFLE_SECONDS and not self.stopping:
            self._waiting.extend(self.next_reports())
        if not self._waiting:
            return None
        index = self.random.randrange(len(self._waiting))
        self._waiting[index], self._waiting[-1] = self._waiting[-1], self._waiting[index]
        return self._waiting.pop()

    async def _send(self, body: bytes) -> None:
        headers = {"Content-Type": "application/json", "X-Api-Key": self.key}
        response = await self.client.request("POST", "/webhooks/supervisor", headers, body)
        self.sent.posts.append(PostAttempt(body=body, status=response.status))
        if response.status not in FINAL_STATUSES:
            self._retries.append((time.monotonic() + RETRY_DELAY, body))
        elif self.random.random() < REPEAT_PROBABILITY and not self.stopping:
            self._waiting.append(body)


_FINAL_RATE_FACTOR = 3
"""Sent last, so that it arrives."""

_SHUFFLE_SECONDS = 4
"""Seconds that reports wait on average, so that those of one session arrive in any order."""


def endless_reports(reports: Callable[[int], Iterable[bytes]]) -> Callable[[], Iterable[bytes]]:
    """Return the reports of session 1, 2, 3 …, one more with each call."""
    numbers: Iterator[int] = iter(range(1, 1_000_000_000))
    return lambda: reports(next(numbers))
