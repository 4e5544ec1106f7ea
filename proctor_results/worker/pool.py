"""The threads that carry what one target is told, and what they have in hand."""

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from proctor_results.deliveries.deliver import AttemptResult, LeaseExpired
from proctor_results.deliveries.queue import LeasedDelivery
from proctor_results.deliveries.targets.base import Target, Unreachable

FAST_CALL_SECONDS = 0.1
"""Calls that take fewer seconds are swift."""

PREFETCH_PER_THREAD = 3
"""How many claims there are for each thread while calls are swift."""


class DeliveryPool:
    """They never touch the ledger. `carry` is called in them.

    While the target answers swiftly, the next claims are already in hand when a thread comes back: threads do not wait
    for the ledger, and the ledger is written for many at a time. Where it is slow, nothing is claimed that could not go
    at once: it would wait here with its lease running, and another worker may be free.
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
        """Calls that have not ended, or have and are not yet settled."""
        return self._in_flight.keys()

    @property
    def capacity(self) -> int:
        """How many claims they can take."""
        return self._threads * (PREFETCH_PER_THREAD if self._is_fast else 1) - len(self._in_flight)

    def submit(self, claims: Iterable[LeasedDelivery]) -> None:
        for claim in claims:
            self._in_flight[self._pool.submit(self._send, self.target, claim)] = claim

    def completed(self) -> Iterator[AttemptResult]:
        """What has come back since this was last asked. A surprise is raised, and what it befell is let go."""
        for future in [future for future in self._in_flight if future.done()]:
            del self._in_flight[future]
            attempt_result = future.result()
            if not isinstance(attempt_result.result, LeaseExpired):
                self._is_fast = attempt_result.seconds < FAST_CALL_SECONDS and not isinstance(
                    attempt_result.result, Unreachable
                )
            yield attempt_result

    def cancel_pending(self) -> list[LeasedDelivery]:
        """What has not been begun; it will not be carried any more."""
        return [self._in_flight.pop(future) for future in list(self._in_flight) if future.cancel()]

    def shutdown(self) -> None:
        """Waits for nobody."""
        self._pool.shutdown(wait=False, cancel_futures=True)
