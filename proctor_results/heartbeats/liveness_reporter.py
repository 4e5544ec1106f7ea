"""Every few seconds, records that this web process accepts heartbeats, and what it counted."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import structlog

from proctor_results.database.connection import DatabaseUnavailable
from proctor_results.dependencies import Dependencies
from proctor_results.heartbeats.liveness import report_liveness

log = structlog.get_logger()


class LivenessReporter:
    """One per web process. Without its reports no missing heartbeat locks an exam."""

    def __init__(self, deps: Dependencies, now: Callable[[], datetime]) -> None:
        self._deps, self._now = deps, now
        self._interval_seconds = deps.heartbeat_config.liveness_interval.total_seconds()
        self.last_heartbeat_at: datetime | None = None
        """When the last heartbeat was stored."""
        self.heartbeat_lost = False
        """Whether a heartbeat could not be stored: its browser must not be locked for it."""
        self._stop_requested = threading.Event()

    def start(self) -> None:
        """Report in a thread of its own until the process ends."""
        threading.Thread(target=self._run, name="liveness-reporter", daemon=True).start()

    def stop(self) -> None:
        """Stop reporting, and store what was counted since the last report."""
        self._stop_requested.set()
        with suppress(DatabaseUnavailable):
            self._deps.counters.flush(self._deps.database)

    def _run(self) -> None:
        while not self._stop_requested.is_set():
            try:
                self._report()
                self._deps.counters.flush(self._deps.database)
            except DatabaseUnavailable as error:
                log.warning("liveness.database_unavailable", error=str(error).strip())
            except Exception:
                # A process that serves but does not report would keep every exam unlocked.
                log.exception("liveness.unexpected_error")
            self._stop_requested.wait(self._interval_seconds)

    def _report(self) -> None:
        """Report a lost heartbeat once the database can be reached again."""
        heartbeat_lost, self.heartbeat_lost = self.heartbeat_lost, False
        try:
            report_liveness(
                self._deps, self.last_heartbeat_at, self._now(), heartbeat_lost=heartbeat_lost
            )
        except BaseException:
            self.heartbeat_lost = self.heartbeat_lost or heartbeat_lost
            raise
