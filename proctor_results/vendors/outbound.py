"""Requests that a vendor can be asked to fulfil, and its possible answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from proctor_results.formats.json_value import Json
from proctor_results.vendors.launch import LaunchRequest


@dataclass(frozen=True, kw_only=True)
class NotReady:
    """The vendor answered, and has nothing yet: ask again later."""

    detail: str
    retry_after: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class VendorUnreachable:
    """The vendor could not be asked: ask again later."""

    detail: str
    retry_after: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """The vendor refused the request: after a few more attempts an operator must look."""

    detail: str


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A vendor's answer as it arrived: stored as a receipt, and read by `Vendor.parse`."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Done:
    """The vendor did what was asked."""

    detail: str = ""


FetchResult = Fetched | NotReady | VendorUnreachable | Rejected
JobResult = Done | FetchResult
JobRunner = Callable[[Mapping[str, Json], datetime], JobResult]
"""Runs one job with its payload, at this time.

It may call the vendor; it never sees the database.
"""


class Scheduler(Protocol):
    """Reserves sittings at a vendor."""

    def slots(self, between: tuple[datetime, datetime]) -> Sequence[datetime]: ...

    def reserve(self, order: LaunchRequest) -> JobResult: ...

    def cancel(self, reference: str) -> JobResult: ...


class Reviewer(Protocol):
    """Opens a vendor's own page about a sitting."""

    def review_url(self, reference: str, person: str, now: datetime) -> str: ...


class Eraser(Protocol):
    """Asks a vendor to erase what it holds."""

    def erase(self, references: Sequence[str]) -> JobResult: ...
