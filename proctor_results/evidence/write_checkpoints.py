"""Every minute, what has been written since is sealed by a checkpoint."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_results.dependencies import Dependencies
from proctor_results.evidence import checkpoints_store
from proctor_results.evidence.checkpoint import NO_PREVIOUS, Checkpoint, CheckpointManifest
from proctor_results.evidence.checkpoints_store import HighWaterMark

INTERVAL = timedelta(minutes=1)


@dataclass
class CheckpointWriter:
    """Goes on by short steps, so that what is due to be told does not wait. Any number of them may be at work.

    A checkpoint seals `at_once` of each kind at most; what is more gets another with the next step.
    """

    deps: Dependencies
    batch_size: int = 5_000
    next_checkpoint_at: datetime | None = None
    high_water_mark: HighWaterMark | None = None

    def step(self, now: datetime) -> Checkpoint | None:
        """The next step, whatever it is; the checkpoint where that was to write one.

        Raises ValueError, once a minute, where somebody has changed the newest one so that nobody can read it, and
        LedgerAway.
        """
        if self.high_water_mark is None:
            self._start_if_due(now)
        elif checkpoints_store.writers_finished(self.deps.database, self.high_water_mark):
            return self._write_checkpoint(self.high_water_mark, now)
        return None

    def _start_if_due(self, now: datetime) -> None:
        """Another worker may have written one lately; one at an hour yet to come was, before the clock was set back."""
        if self.next_checkpoint_at and now < self.next_checkpoint_at <= now + INTERVAL:
            return
        newest_checkpoint = self._newest_checkpoint(now)
        self.next_checkpoint_at = (
            newest_checkpoint.at + INTERVAL
            if newest_checkpoint and newest_checkpoint.at <= now
            else now
        )
        if now >= self.next_checkpoint_at:
            self.high_water_mark = checkpoints_store.read_high_water_mark(self.deps.database)

    def _write_checkpoint(self, high_water_mark: HighWaterMark, now: datetime) -> Checkpoint | None:
        newest_checkpoint = self._newest_checkpoint(now)
        manifest = CheckpointManifest(
            newest_checkpoint.manifest_sha256 if newest_checkpoint else NO_PREVIOUS, now
        )
        after_ids = newest_checkpoint.last_ids if newest_checkpoint else {}
        for kind, record_id, digest in checkpoints_store.list_between(
            self.deps.database, after_ids, high_water_mark, self.batch_size
        ):
            manifest.add(kind, record_id, digest)
        if not any(manifest.ids_by_kind.values()):
            self.next_checkpoint_at, self.high_water_mark = now + INTERVAL, None
            return None
        return checkpoints_store.insert(
            self.deps.database, manifest.to_checkpoint(newest_checkpoint)
        )

    def _newest_checkpoint(self, now: datetime) -> Checkpoint | None:
        try:
            return checkpoints_store.load_newest(self.deps.database)
        except ValueError:
            self.next_checkpoint_at, self.high_water_mark = now + INTERVAL, None
            raise
