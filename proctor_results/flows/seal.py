"""Every minute, what has been written since is sealed by a checkpoint."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_results.domain.checkpoint import FIRST, Checkpoint, Sheet
from proctor_results.flows.house import House
from proctor_results.store import checkpoints
from proctor_results.store.checkpoints import Edge

EVERY = timedelta(minutes=1)


@dataclass
class Sealer:
    """Goes on by short steps, so that what is due to be told does not wait. Any number of them may be at work.

    A checkpoint seals `at_once` of each kind at most; what is more gets another with the next step.
    """

    house: House
    at_once: int = 5_000
    due_at: datetime | None = None
    edge: Edge | None = None

    def go_on(self, now: datetime) -> Checkpoint | None:
        """The next step, whatever it is; the checkpoint where that was to write one.

        Raises ValueError, once a minute, where somebody has changed the newest one so that nobody can read it, and
        LedgerAway.
        """
        if self.edge is None:
            self._begin(now)
        elif checkpoints.is_settled(self.house.ledger, self.edge):
            return self._write(self.edge, now)
        return None

    def _begin(self, now: datetime) -> None:
        """Another worker may have written one lately; one at an hour yet to come was, before the clock was set back."""
        if self.due_at and now < self.due_at <= now + EVERY:
            return
        newest = self._newest(now)
        self.due_at = newest.at + EVERY if newest and newest.at <= now else now
        if now >= self.due_at:
            self.edge = checkpoints.edge(self.house.ledger)

    def _write(self, edge: Edge, now: datetime) -> Checkpoint | None:
        newest = self._newest(now)
        sheet = Sheet(newest.digest if newest else FIRST, now)
        after = newest.last if newest else {}
        for kind, number, digest in checkpoints.between(self.house.ledger, after, edge, self.at_once):
            sheet.add(kind, number, digest)
        if not any(sheet.ids.values()):
            self.due_at, self.edge = now + EVERY, None
            return None
        return checkpoints.write(self.house.ledger, sheet.sealed(newest))

    def _newest(self, now: datetime) -> Checkpoint | None:
        try:
            return checkpoints.newest(self.house.ledger)
        except ValueError:
            self.due_at, self.edge = now + EVERY, None
            raise
