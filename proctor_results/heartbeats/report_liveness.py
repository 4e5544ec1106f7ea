"""A front door is open: note it, so that silence counts only while somebody listens."""

from datetime import datetime

from proctor_results.dependencies import Dependencies
from proctor_results.heartbeats import liveness_store


def report_liveness(
    deps: Dependencies,
    last_heartbeat_at: datetime | None,
    now: datetime,
    *,
    heartbeat_lost: bool = False,
) -> None:
    """`heard_at` is when a heartbeat last came to this door, `missed` whether one came that could not be written down.

    Raises LedgerAway.
    """
    deps.database.run_write(
        lambda: liveness_store.record(
            deps.database,
            last_heartbeat_at,
            deps.heartbeat_config,
            now,
            heartbeat_lost=heartbeat_lost,
        )
    )
