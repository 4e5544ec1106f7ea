"""A target that remembers what it was told, and answers as it is told to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from proctor_results.deliveries.targets.base import Delivered, PushResult
from proctor_results.sessions.enums import Topic


@dataclass(kw_only=True)
class RecordingTarget:
    """`answers` are given one after the other; after them everything is delivered."""

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
        """What was told, by message id."""
        return [message_id for message_id, _ in self.received]

    def latest_data(self, topic: str) -> Mapping[str, Any]:
        """The data last told about a topic."""
        told = [
            message["data"] for _, message in self.received if message["type"] == f"session.{topic}"
        ]
        data: Mapping[str, Any] = told[-1]
        return data
