"""Writes a checkpoint over the newest receipts and decisions every minute."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_results.dependencies import Dependencies
from proctor_results.evidence import checkpoints_store
from proctor_results.evidence.checkpoint import NO_PREVIOUS, Checkpoint, CheckpointManifest
from proctor_results.evidence.checkpoints_store import HighWaterMark

INTERVAL = timedelta(minutes=1)


@dataclass
class CheckpointWriter:
    """Works in short steps, so that deliveries need not wait. Any number of workers may have one.

    A checkpoint covers at most `batch_size` records of each kind; the next step covers the rest.
    """

    deps: Dependencies
    batch_size: int = 5_000
    next_checkpoint_at: datetime | None = None
    high_water_mark: HighWaterMark | None = None

    def step(self, now: datetime) -> Checkpoint | None:
        """Take the next step, and return the checkpoint if that wrote one.

        Raises ValueError, once a minute, while the newest checkpoint was changed into something
        unreadable, and DatabaseUnavailable.
        """
        if self.high_water_mark is None:
            self._start_if_due(now)
        elif checkpoints_store.writers_finished(self.deps.database, self.high_water_mark):
            return self._write_checkpoint(self.high_water_mark, now)
        return None

    def _start_if_due(self, now: datetime) -> None:
        """Another worker may have written a checkpoint meanwhile.

        A checkpoint with a time in the future was written before the clock was set back.
        """
        if self.next_checkpoint_at and now < self.next_checkpoint_at <= now + INTERVAL:
            return
        newest = self._load_newest(now)
        self.next_checkpoint_at = newest.at + INTERVAL if newest and newest.at <= now else now
        if now >= self.next_checkpoint_at:
            self.high_water_mark = checkpoints_store.read_high_water_mark(self.deps.database)

    def _write_checkpoint(self, high_water_mark: HighWaterMark, now: datetime) -> Checkpoint | None:
        newest = self._load_newest(now)
        manifest = CheckpointManifest(newest.manifest_sha256 if newest else NO_PREVIOUS, now)
        records = checkpoints_store.list_between(
            self.deps.database,
            newest.last_ids if newest else {},
            high_water_mark.last_ids,
            self.batch_size,
        )
        for kind, record_id, record_sha256 in records:
            manifest.add(kind, record_id, record_sha256)
        if not any(manifest.ids_by_kind.values()):
            self._finish(now)
            return None
        return checkpoints_store.insert(self.deps.database, manifest.to_checkpoint(newest))

    def _load_newest(self, now: datetime) -> Checkpoint | None:
        try:
            return checkpoints_store.load_newest(self.deps.database)
        except ValueError:
            self._finish(now)
            raise

    def _finish(self, now: datetime) -> None:
        self.next_checkpoint_at, self.high_water_mark = now + INTERVAL, None
