"""A target that remembers what it was told, and answers as it is told to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from proctor_results.deliveries.targets.base import Delivered, PushResult
from proctor_results.sessions.enums import Topic


@dataclass(kw_only=True)
class Listener:
    """`answers` are given one after the other; after them everything is delivered."""

    name: str = "listener"
    topics: frozenset[Topic] = frozenset(Topic)
    url: str = "https://lms.example/hook"
    answers: list[PushResult] = field(default_factory=list)
    told: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def push(self, message_id: str, message: Mapping[str, Any], now: datetime) -> PushResult:
        self.told.append((message_id, message))
        return self.answers.pop(0) if self.answers else Delivered(status=200)

    @property
    def ids(self) -> list[str]:
        """What was told, by message id."""
        return [message_id for message_id, _ in self.told]

    def newest(self, topic: str) -> Mapping[str, Any]:
        """The data last told about a topic."""
        told = [
            message["data"] for _, message in self.told if message["type"] == f"session.{topic}"
        ]
        data: Mapping[str, Any] = told[-1]
        return data
