"""Stores the messages that an LMS has received, in order of arrival."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ReceivedMessage:
    """One message. `topic` is its type without `session.`; every repeat has its `webhook_id`."""

    webhook_id: str
    topic: str
    identifier: str
    revision: int
    data: Mapping[str, Any]
    received_at: datetime


def parse_message(webhook_id: str, body: bytes, received_at: datetime) -> ReceivedMessage:
    """Parse a message. Raises ValueError for a body that is no message about a session."""
    match json.loads(body):
        case {
            "type": str(message_type),
            "data": {"identifier": str(identifier), "revision": int(revision)} as data,
        }:
            return ReceivedMessage(
                webhook_id=webhook_id,
                topic=message_type.removeprefix("session."),
                identifier=identifier,
                revision=revision,
                data=data,
                received_at=received_at,
            )
    raise ValueError("a message has a type, and data with an identifier and a revision")


@dataclass
class ReceivedMessages:
    """The messages so far; used by several threads at once."""

    _messages: dict[str, ReceivedMessage] = field(default_factory=dict)
    _newest: dict[tuple[str, str], ReceivedMessage] = field(default_factory=dict)
    _out_of_order: list[str] = field(default_factory=list)
    _repeat_count: int = 0
    _rejected_count: int = 0
    _lock: Lock = field(default_factory=Lock)

    def record(self, message: ReceivedMessage) -> bool:
        """Store a message and return whether it is new.

        A repeat is only counted, and an older revision changes no state.
        """
        with self._lock:
            if message.webhook_id in self._messages:
                self._repeat_count += 1
                return False
            self._messages[message.webhook_id] = message
            self._update_newest(message)
            return True

    def count_rejected(self) -> None:
        """Count a message that was answered with an error and therefore not stored."""
        with self._lock:
            self._rejected_count += 1

    def as_json(self) -> dict[str, Any]:
        """Return all messages, and the state of each session by its newest messages."""
        with self._lock:
            return {
                "messages": [_message_to_json(message) for message in self._messages.values()],
                "repeats": self._repeat_count,
                "rejected": self._rejected_count,
                "out_of_order": list(self._out_of_order),
                "sessions": _session_states(self._newest.values()),
            }

    def _update_newest(self, message: ReceivedMessage) -> None:
        key = (message.identifier, message.topic)
        newest = self._newest.setdefault(key, message)
        if message.revision < newest.revision:
            self._out_of_order.append(message.webhook_id)
        else:
            self._newest[key] = message


def _message_to_json(message: ReceivedMessage) -> dict[str, Any]:
    return {
        **message.data,
        "webhook_id": message.webhook_id,
        "received_at": message.received_at.isoformat(timespec="milliseconds"),
        "topic": message.topic,
    }


_DEFAULT_STATE: Mapping[str, Any] = {
    "student": None,
    "outcome": None,
    "final": False,
    "revised": False,
    "reasons": [],
    "locked": False,
    "holds": [],
}
"""The state of a session about which no message came."""


def _session_states(newest: Iterable[ReceivedMessage]) -> dict[str, dict[str, Any]]:
    states: dict[str, dict[str, Any]] = {}
    for message in newest:
        state = states.setdefault(message.identifier, dict(_DEFAULT_STATE))
        state.update({name: message.data[name] for name in _DEFAULT_STATE if name in message.data})
    return states
