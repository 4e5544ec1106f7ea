"""Orders the reports of a session by how new they are."""

from typing import NamedTuple

from proctor_results.sessions.enums import VERDICTS, Status

STATUS_RANKS = {
    Status.CREATED: 0,
    Status.STARTED: 1,
    Status.SKIPPED: 2,
    Status.STOPPED: 2,
    Status.ACCEPTED: 3,
    Status.REJECTED: 3,
}

_ORDER_SESSION, _ORDER_STOPPED_UNDATED, _ORDER_VERDICT = range(3)


class Precedence(NamedTuple):
    """The parts of a report that say how new it is.

    `reached_at` is when its status was reached, as far as the vendor says; times are as text.
    """

    status: Status
    reached_at: str | None = None
    signed_at: str | None = None
    duration: float | None = None

    def supersedes(self, other: "Precedence") -> bool:
        """Whether a report of this precedence, arriving after one of the other, overrules it.

        The order is total, so no three reports overrule each other in a circle. Of two that are
        equal the later arrival wins, and that is this one.
        """
        return self._sort_key >= other._sort_key

    @property
    def _sort_key(self) -> tuple[int, str, int, str, float]:
        """Order by time, status rank, signature and duration; verdicts last, by their signature.

        What is missing sorts first. So a start later than an end resumes the sitting, a start at
        the same time does not, and any dated start disproves an undated skip. An undated stop is
        the exception: no start resumes it.
        """
        if self.status in VERDICTS:
            return _ORDER_VERDICT, self.signed_at or "", 0, "", 0
        is_undated_stop = self.status is Status.STOPPED and self.reached_at is None
        return (
            _ORDER_STOPPED_UNDATED if is_undated_stop else _ORDER_SESSION,
            self.reached_at or "",
            STATUS_RANKS[self.status],
            self.signed_at or "",
            -1 if self.duration is None else self.duration,
        )
