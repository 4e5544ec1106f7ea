"""How new a report is compared with another of the same session (design, "Merging reports")."""

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
    """What a report brings to prove its age. `moment` is when its status was reached, as far as the vendor says."""

    status: Status
    reached_at: str | None = None
    signed_at: str | None = None
    duration: float | None = None

    def supersedes(self, other: "Precedence") -> bool:
        """Whether a report of this standing that arrives after one of the `other` standing overrules it.

        All reports have their place in one order, so no three of them can run in a circle. Where two share a place,
        the later arrival wins, and that is this one.
        """
        return self._sort_key >= other._sort_key

    @property
    def _sort_key(self) -> tuple[int, str, int, str, float]:
        """Verdicts last, by signature; the rest by moment, rank, signature and duration. What is missing is oldest.

        So a start later than an end resumes the sitting, one landing exactly on it does not, and any start with a
        moment disproves a skip without one. A stop without one is the exception: no start resumes it.
        """
        if self.status in VERDICTS:
            return _ORDER_VERDICT, self.signed_at or "", 0, "", 0
        order = (
            _ORDER_STOPPED_UNDATED
            if self.status is Status.STOPPED and self.reached_at is None
            else _ORDER_SESSION
        )
        duration = -1 if self.duration is None else self.duration
        return (
            order,
            self.reached_at or "",
            STATUS_RANKS[self.status],
            self.signed_at or "",
            duration,
        )
