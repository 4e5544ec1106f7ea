"""The threads that carry what one target is told, and what they have in hand."""

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from proctor_results.flows.deliver import Landing, Lapsed
from proctor_results.lms.base import Target, Unreachable
from proctor_results.store.deliveries import Claim

SWIFT = 0.1
"""Calls that take fewer seconds are swift."""

IN_HAND = 3
"""How many claims there are for each thread while calls are swift."""


class Carriers:
    """They never touch the ledger. `carry` is called in them.

    While the target answers swiftly, the next claims are already in hand when a thread comes back: threads do not wait
    for the ledger, and the ledger is written for many at a time. Where it is slow, nothing is claimed that could not go
    at once: it would wait here with its lease running, and another worker may be free.
    """

    def __init__(self, target: Target, threads: int, carry: Callable[[Target, Claim], Landing]) -> None:
        self.target = target
        self._threads, self._carry = threads, carry
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"carrier of {target.name}")
        self._air: dict[Future[Landing], Claim] = {}
        self._swift = False

    @property
    def air(self) -> Collection[Future[Landing]]:
        """Calls that have not ended, or have and are not yet settled."""
        return self._air.keys()

    @property
    def free(self) -> int:
        """How many claims they can take."""
        return self._threads * (IN_HAND if self._swift else 1) - len(self._air)

    def send_off(self, claims: Iterable[Claim]) -> None:
        for claimed in claims:
            self._air[self._pool.submit(self._carry, self.target, claimed)] = claimed

    def landed(self) -> Iterator[Landing]:
        """What has come back since this was last asked. A surprise is raised, and what it befell is let go."""
        for future in [future for future in self._air if future.done()]:
            del self._air[future]
            landing = future.result()
            if not isinstance(landing.result, Lapsed):
                self._swift = landing.seconds < SWIFT and not isinstance(landing.result, Unreachable)
            yield landing

    def take_back(self) -> list[Claim]:
        """What has not been begun; it will not be carried any more."""
        return [self._air.pop(future) for future in list(self._air) if future.cancel()]

    def dismiss(self) -> None:
        """Waits for nobody."""
        self._pool.shutdown(wait=False, cancel_futures=True)
