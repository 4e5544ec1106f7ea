"""One line every few seconds that says how a soak gets on."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.soak.gauge import MEGABYTE, Life
from bench.soak.lms import Lms
from bench.soak.load import Load
from bench.soak.window import Queue

EVERY = 5.0


@dataclass(kw_only=True)
class Progress:
    """Remembers the counts of the line before, so that it can say how many there were a second."""

    began: float
    _said: float = field(default_factory=time.monotonic)
    _posts: int = 0
    _beats: int = 0

    def is_due(self) -> bool:
        return time.monotonic() - self._said >= EVERY

    def line(self, load: Load, lms: Lms, queue: Queue | None, faults: str, lives: Sequence[Life]) -> str:
        """Everything since the last one."""
        now = time.monotonic()
        posts, beats = load.sent.posts, sum(len(sitting.beats) for sitting in load.sent.sittings.values())
        span = now - self._said
        parts = (
            f"{int(now - self.began) // 60}:{int(now - self.began) % 60:02d}",
            f"webhooks {len(posts):,} ({(len(posts) - self._posts) / span:.0f}/s)",
            f"heartbeats {beats:,} ({(beats - self._beats) / span:.0f}/s)",
            f"late by at most {load.sender.lag * 1000:.0f} ms",
            f"failed {sum(post.status is None or post.status >= 500 for post in posts):,}",
            f"told {len(lms.told):,}",
            f"to tell {queue.due if queue else '?'}",
            f"faults {faults}",
            ", ".join(f"{life.program} {life.now / MEGABYTE:.0f} MB" for life in lives),
        )
        load.sender.lag = 0
        self._said, self._posts, self._beats = now, len(posts), beats
        return "  ".join(parts)
