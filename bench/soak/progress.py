"""Prints one line every few seconds on the progress of a soak."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.soak.database_reader import PendingCounts
from bench.soak.faulty_lms import FaultyLms
from bench.soak.memory_gauge import MEGABYTE, ProcessMemory
from bench.soak.soak_load import SoakLoad

INTERVAL = 5.0


@dataclass(kw_only=True)
class Progress:
    """Remembers the last counts, so that the line can show rates."""

    started: float
    _last_line_at: float = field(default_factory=time.monotonic)
    _posts: int = 0
    _heartbeats: int = 0

    def is_due(self) -> bool:
        return time.monotonic() - self._last_line_at >= INTERVAL

    def line(
        self,
        load: SoakLoad,
        lms: FaultyLms,
        pending: PendingCounts | None,
        faults: str,
        process_memories: Sequence[ProcessMemory],
    ) -> str:
        """Return the rates since the last line."""
        now = time.monotonic()
        posts, heartbeats = (
            load.sent.posts,
            sum(len(session_log.heartbeats) for session_log in load.sent.session_logs.values()),
        )
        elapsed = now - self._last_line_at
        parts = (
            f"{int(now - self.started) // 60}:{int(now - self.started) % 60:02d}",
            f"webhooks {len(posts):,} ({(len(posts) - self._posts) / elapsed:.0f}/s)",
            f"heartbeats {heartbeats:,} ({(heartbeats - self._heartbeats) / elapsed:.0f}/s)",
            f"late by at most {load.sender.lag * 1000:.0f} ms",
            f"failed {sum(post.status is None or post.status >= 500 for post in posts):,}",
            f"delivered {len(lms.received):,}",
            f"pending {pending.pending if pending else '?'}",
            f"faults {faults}",
            ", ".join(
                f"{process_memory.program} {process_memory.current_bytes / MEGABYTE:.0f} MB"
                for process_memory in process_memories
            ),
        )
        load.sender.lag = 0
        self._last_line_at, self._posts, self._heartbeats = now, len(posts), heartbeats
        return "  ".join(parts)
