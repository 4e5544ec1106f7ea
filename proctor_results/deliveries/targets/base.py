"""The parts of a target: settings, topics, a push with a result, and doctor checks."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Protocol, Self

from environs import Env

from proctor_results.doctor.result import CheckResult
from proctor_results.doctor.tls import check_connection
from proctor_results.formats.json_value import Json
from proctor_results.http_client.client import HttpClient
from proctor_results.http_client.public_connect import CallErrorKind
from proctor_results.sessions.enums import Topic
from proctor_results.settings.validators import https_errors

CALL_TIMEOUT = timedelta(seconds=15)


class ResultKind(StrEnum):
    """The result of an attempt, as it is stored, logged and counted."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    GONE = "gone"
    UNREACHABLE = "unreachable"
    NOT_SENDABLE = "not_sendable"
    LEASE_EXPIRED = "lease_expired"


@dataclass(frozen=True, kw_only=True)
class PushResult:
    """The result of one attempt, of a class below. `status` is that of a complete response."""

    kind: ClassVar[ResultKind]
    detail: str = ""
    status: int | None = None
    retry_after: timedelta | None = None
    error: CallErrorKind | None = None


class Delivered(PushResult):
    """The target has the message: its success rule accepts the response."""

    kind = ResultKind.DELIVERED


class Refused(PushResult):
    """The target answered a redirect or another 4xx: after a few retries an operator must look."""

    kind = ResultKind.REFUSED


class Gone(PushResult):
    """The target answered 410: it wants no more messages."""

    kind = ResultKind.GONE


class Unreachable(PushResult):
    """The message must be sent later: 408, 425, 429, 5xx, or no complete response (`error`)."""

    kind = ResultKind.UNREACHABLE


class NotSendable(PushResult):
    """The session lacks a field that the message needs: nothing was sent until news of it come."""

    kind = ResultKind.NOT_SENDABLE


@dataclass(frozen=True, kw_only=True)
class LeaseExpired(PushResult):
    """Nothing was sent: the call could have outlasted the lease, and overtaken a newer message."""

    kind = ResultKind.LEASE_EXPIRED
    detail: str = "not sent: too little time was left of the lease"


class Target(Protocol):
    """An LMS endpoint that must be notified of some topics, at `url`."""

    @property
    def name(self) -> str: ...

    @property
    def topics(self) -> frozenset[Topic]: ...

    @property
    def url(self) -> str: ...

    def push(self, message_id: str, message: Mapping[str, Json], now: datetime) -> PushResult:
        """Send one message within `CALL_TIMEOUT`. Called from several threads."""
        ...


class TargetSettings(ABC):
    """The settings of one target. It is configured where its URL is set."""

    url_setting: ClassVar[str]

    @property
    @abstractmethod
    def url(self) -> str: ...

    @classmethod
    @abstractmethod
    def read(cls, env: Env) -> Self:
        """Read the settings. `env` collects errors; a field with an error may be None."""

    @abstractmethod
    def create_target(self, http_client: HttpClient) -> Target: ...

    def errors(self, *, allow_http: bool) -> Iterator[str]:
        """Name each setting that does not fit the others, with what is wrong."""
        yield from https_errors(self.url_setting, self.url, allow_http)

    def doctor_checks(self, *, allow_private: bool, now: datetime) -> Iterator[CheckResult]:
        """Check from here whether the target can be reached. Sends no message."""
        yield check_connection(self.url_setting, self.url, allow_private, now)
