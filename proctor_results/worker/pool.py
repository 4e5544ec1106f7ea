"""The threads that send to one target, and the deliveries that they hold."""

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from proctor_results.deliveries.model import AttemptResult, LeasedDelivery
from proctor_results.deliveries.targets.base import ResultKind, Target

FAST_CALL_SECONDS = 0.1
"""A target whose calls take less is fast."""

PREFETCH_PER_THREAD = 3
"""How many deliveries are claimed for each thread while the target is fast."""


class DeliveryPool:
    """Calls `send` in its threads, which use no database.

    While the target is fast, the next deliveries are claimed before a thread is free, so that
    threads do not wait for the database and many results are written at once. While it is slow,
    only what can be sent at once is claimed: other deliveries would wait here with their leases
    running, although another worker may be free.
    """

    def __init__(
        self, target: Target, threads: int, send: Callable[[Target, LeasedDelivery], AttemptResult]
    ) -> None:
        self.target = target
        self._threads, self._send = threads, send
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"delivery to {target.name}")
        self._in_flight: dict[Future[AttemptResult], LeasedDelivery] = {}
        self._is_fast = False

    @property
    def in_flight(self) -> Collection[Future[AttemptResult]]:
        """Calls that run, wait for a thread, or have ended and are not yet recorded."""
        return self._in_flight.keys()

    @property
    def capacity(self) -> int:
        """How many more deliveries can be claimed."""
        return self._threads * (PREFETCH_PER_THREAD if self._is_fast else 1) - len(self._in_flight)

    def submit(self, claims: Iterable[LeasedDelivery]) -> None:
        for claim in claims:
            self._in_flight[self._pool.submit(self._send, self.target, claim)] = claim

    def completed(self) -> Iterator[AttemptResult]:
        """Yield each result once. An exception is raised, and its delivery is no longer held."""
        for future in [future for future in self._in_flight if future.done()]:
            del self._in_flight[future]
            attempt = future.result()
            if attempt.result.kind is not ResultKind.LEASE_EXPIRED:
                is_reachable = attempt.result.kind is not ResultKind.UNREACHABLE
                self._is_fast = is_reachable and attempt.seconds < FAST_CALL_SECONDS
            yield attempt

    def cancel_pending(self) -> list[LeasedDelivery]:
        """Return the deliveries that no thread has begun; they will not be sent."""
        return [self._in_flight.pop(future) for future in list(self._in_flight) if future.cancel()]

    def shutdown(self) -> None:
        """Stop without waiting for calls that run."""
        self._pool.shutdown(wait=False, cancel_futures=True)
