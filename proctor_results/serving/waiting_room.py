"""The connections that the loop waits for, in the order in which they began to wait, and the memory that they hold."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from selectors import BaseSelector

from proctor_results.serving.caller import Caller

Then = Callable[[Caller], None]


class WaitingRoom:
    """`held` are the bytes of all who wait."""

    def __init__(self, poller: BaseSelector) -> None:
        self._poller = poller
        self._holding: dict[Caller, int] = {}
        self.held = 0

    def __iter__(self) -> Iterator[Caller]:
        """Those inside now; they may be let out meanwhile."""
        return iter(tuple(self._holding))

    @property
    def longest(self) -> Caller | None:
        """Who has waited longest."""
        return next(iter(self._holding), None)

    def wait(self, caller: Caller, event: int, then: Then, seconds: float) -> None:
        """Lets the caller in, to go on whenever the event has come; one that is inside already goes on waiting."""
        if caller not in self._holding:
            caller.since = time.monotonic()
            caller.timeout = caller.since + seconds
            self._poller.register(caller.sock, event, partial(self._go_on, caller, then))
        self.held += caller.held - self._holding.get(caller, 0)
        self._holding[caller] = caller.held

    def let_out(self, caller: Caller) -> None:
        """Waits for the caller no more, if it did."""
        if caller in self._holding:
            self.held -= self._holding.pop(caller)
            self._poller.unregister(caller.sock)

    def _go_on(self, caller: Caller, then: Then, _: object) -> None:
        """Unless it has been let out for the sake of another one, whose event came together with its own."""
        if caller in self._holding:
            then(caller)
