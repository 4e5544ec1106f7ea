"""Sees that service, LMS and pages agree about a learner who is cut off beside a classmate who is not."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from proctor_results.sandbox.demo.asking import differences, told
from proctor_results.sandbox.demo.premises import Premises
from proctor_results.sandbox.demo.processes import Process, blamed
from proctor_results.sandbox.demo.screen import in_short
from proctor_results.sandbox.demo.waiting import wait_until
from proctor_results.sandbox.expected import Expected
from proctor_results.sandbox.page import Heard


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Both sittings under one eye. `others` is what the classmate's page is told, `patience` seconds for each step."""

    premises: Premises
    processes: Sequence[Process]
    learner: Expected
    classmate: Expected
    others: Heard
    patience: float

    def see(self, what: str, holds: Sequence[str] = (), *, heard: Heard | None = None, after: float = 0) -> None:
        """Waits until service, LMS and pages agree that the learner's exam has these holds, and the classmate's none.

        `heard` is what the learner's page was told since it beats; `after` is how many seconds must go by.
        """
        end = time.monotonic() + after
        wait_until(
            f"  {what:<26}",
            lambda: self._gap(holds, heard) or ("it is too early to say" if time.monotonic() < end else ""),
            self.processes,
            self.patience + after,
            then=lambda: f"LMS: {self._held()}",
        )

    def _gap(self, holds: Sequence[str], heard: Heard | None) -> str:
        learner = replace(self.learner, locked=bool(holds))
        return (
            self._unheard(self.classmate, self.others, ())
            or ("" if heard is None else self._unheard(learner, heard, holds))
            or differences(self.premises, [learner, self.classmate])
            or self._another_reason(holds)
        )

    def _unheard(self, sitting: Expected, heard: Heard, holds: Sequence[str]) -> str:
        """A page that is told something else will not be told better later: that ends the demo."""
        wanted = in_short(sitting.outcome, holds)
        for pulse in heard.pulses:
            found = in_short(sitting.outcome, pulse.holds)
            if found != wanted:
                raise blamed(f"{sitting.name}: its page was told {found} where {wanted} is expected", self.processes)
        trouble = heard.trouble or ("too few so far" if len(heard.pulses) < _BEATS else "")
        return f"{sitting.name}: its page waits for answers: {trouble}" if trouble else ""

    def _another_reason(self, holds: Sequence[str]) -> str:
        held, wanted = self._held(), in_short(self.learner.outcome, holds)
        return "" if held == wanted else f"{self.learner.name}: the LMS holds {held} where {wanted} is expected"

    def _held(self) -> str:
        session = told(self.premises)["sessions"][self.learner.identifier]
        return in_short(session["outcome"], [hold["kind"] for hold in session["holds"]])


_BEATS = 2
"""Answers that say the same, so that a page that stays locked is seen to stay so."""
