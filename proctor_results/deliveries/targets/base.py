"""What every kind of target promises: carry a message, and say in our words what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from proctor_results.formats.json_value import Json
from proctor_results.sessions.enums import Topic

CALL_TIMEOUT = timedelta(seconds=15)


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """Answered with 2xx: the target has the message."""

    status: int
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Answered with a redirect or another 4xx: trying again will hardly help, a person must look."""

    status: int
    detail: str


@dataclass(frozen=True, kw_only=True)
class Gone:
    """Answered with 410: the target wants nothing more."""

    status: int
    detail: str


@dataclass(frozen=True, kw_only=True)
class Unreachable:
    """408, 425, 429, 5xx, a time-out, a refused connection, a forbidden address: later.

    `retry_after` is what the target asked for; `status` is None where there was no answer.
    """

    detail: str
    status: int | None = None
    retry_after: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class NotSendable:
    """Too little is known to make the message: nothing was sent, and only news of the session can change that."""

    detail: str
    status: int | None = None


PushResult = Delivered | Refused | Gone | Unreachable | NotSendable


class Target(Protocol):
    """An LMS endpoint that must be told of some topics. `name` stands in the ledger, `address` is where messages go."""

    @property
    def name(self) -> str: ...

    @property
    def topics(self) -> frozenset[Topic]: ...

    @property
    def url(self) -> str: ...

    def push(self, message_id: str, message: Mapping[str, Json], now: datetime) -> PushResult:
        """Carries one message, within `LONGEST_CALL`. Expected failures are values; called from several threads."""
        ...
