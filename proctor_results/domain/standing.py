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

# Where a report without a moment of its own has its place among those that have one, and verdicts after them all.
_UNDATED = {Status.CREATED: 0, Status.STARTED: 1, Status.SKIPPED: 2, Status.STOPPED: 4}
_DATED, _RATED = 3, 5

_Age = tuple[int, str, int, str, float]


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
        return self._age >= other._age

    @property
    def _age(self) -> _Age:
        """By stage first; within a stage by moment, rank, signature and duration, where none is older than any.

        A start later than an end resumes the sitting, one landing exactly on it does not. Any start with a time
        disproves a skip without one; none resumes a stop without one. Nothing but another verdict follows a verdict,
        and among verdicts only the signature counts.
        """
        if self.status in VERDICTS:
            return _RATED, self.signed_at or "", 0, "", 0
        stage = _UNDATED[self.status] if self.moment is None else _DATED
        duration = -1 if self.duration is None else self.duration
        return stage, self.moment or "", RANKS[self.status], self.signed_at or "", duration
