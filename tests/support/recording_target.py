"""A target that records its messages and returns the results that a test sets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from proctor_results.deliveries.targets.base import Delivered, PushResult
from proctor_results.sessions.enums import Topic


@dataclass(kw_only=True)
class RecordingTarget:
    """Returns `results` one after the other; after them everything is delivered."""

    name: str = "listener"
    topics: frozenset[Topic] = frozenset(Topic)
    url: str = "https://lms.example/hook"
    results: list[PushResult] = field(default_factory=list)
    received: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def push(self, message_id: str, message: Mapping[str, Any], now: datetime) -> PushResult:
        self.received.append((message_id, message))
        return self.results.pop(0) if self.results else Delivered(status=200)

    @property
    def message_ids(self) -> list[str]:
        """The received messages by id."""
        return [message_id for message_id, _ in self.received]

    def latest_data(self, topic: str) -> Mapping[str, Any]:
        """Return the data of the last message of a topic."""
        received = [
            message["data"] for _, message in self.received if message["type"] == f"session.{topic}"
        ]
        data: Mapping[str, Any] = received[-1]
        return data
