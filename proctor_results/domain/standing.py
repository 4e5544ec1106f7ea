"""How new a report is compared with another of the same session (design, "Merging reports")."""

from typing import NamedTuple

from proctor_results.domain.words import VERDICTS, Status

RANKS = {
    Status.CREATED: 0,
    Status.STARTED: 1,
    Status.SKIPPED: 2,
    Status.STOPPED: 2,
    Status.ACCEPTED: 3,
    Status.REJECTED: 3,
}

_SITTING, _STOPPED_SOME_TIME, _RATED = range(3)


class Standing(NamedTuple):
    """What a report brings to prove its age. `moment` is when its status was reached, as far as the vendor says."""

    status: Status
    moment: str | None = None
    signed_at: str | None = None
    duration: float | None = None

    def supersedes(self, other: "Standing") -> bool:
        """Whether a report of this standing that arrives after one of the `other` standing overrules it.

        All reports have their place in one order, so no three of them can run in a circle. Where two share a place,
        the later arrival wins, and that is this one.
        """
        return self._place >= other._place

    @property
    def _place(self) -> tuple[int, str, int, str, float]:
        """Verdicts last, by signature; the rest by moment, rank, signature and duration. What is missing is oldest.

        So a start later than an end resumes the sitting, one landing exactly on it does not, and any start with a
        moment disproves a skip without one. A stop without one is the exception: no start resumes it.
        """
        if self.status in VERDICTS:
            return _RATED, self.signed_at or "", 0, "", 0
        stage = _STOPPED_SOME_TIME if self.status is Status.STOPPED and self.moment is None else _SITTING
        duration = -1 if self.duration is None else self.duration
        return stage, self.moment or "", RANKS[self.status], self.signed_at or "", duration
