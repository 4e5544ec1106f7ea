"""The capabilities of a vendor. Every part of a `Vendor` but its name is optional."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType, Protocol

from flask import Blueprint
from werkzeug.datastructures import Headers

from proctor_results.doctor.result import CheckResult
from proctor_results.sessions.report import Report
from proctor_results.vendors.launch import Launcher
from proctor_results.vendors.outbound import Eraser, FetchResult, JobRunner, Reviewer, Scheduler
from proctor_results.vendors.settings import VendorSettings

MAX_BODY_BYTES = 256 * 1024
"""The largest body of a webhook that is stored in full."""

KeyId = NewType("KeyId", str)
"""A short public name of the key that authenticated a request; never the key itself."""


@dataclass(frozen=True, kw_only=True)
class WebhookRequest:
    """One POST to a vendor's webhook. `path` is what follows `/webhooks/<vendor>/`."""

    body: bytes
    headers: Headers = field(default_factory=Headers)
    path: str = ""


@dataclass(frozen=True, kw_only=True)
class Unauthenticated:
    """The request is not authenticated. `hint` says what to send instead."""

    hint: str


@dataclass(frozen=True, kw_only=True)
class StatusReport:
    """How far a sitting is.

    `report.identifier` is empty where only the vendor reference is known.
    """

    report: Report
    vendor_reference: str | None = None

    @property
    def identifier(self) -> str | None:
        return self.report.identifier or None


@dataclass(frozen=True, kw_only=True)
class Incident:
    """Something that a vendor noticed. `code` is one that the vendor declares."""

    code: str
    identifier: str | None = None
    vendor_reference: str | None = None
    at: datetime | None = None
    detail: str = ""


class ControlKind(StrEnum):
    """An act of a vendor's proctor on the exam (1EdTech ACS)."""

    PAUSE = "pause"
    RESUME = "resume"
    TERMINATE = "terminate"
    UPDATE = "update"
    FLAG = "flag"


@dataclass(frozen=True, kw_only=True)
class ControlAction:
    """A vendor asks for the exam to be paused, resumed, terminated, extended or flagged."""

    kind: ControlKind
    identifier: str | None = None
    vendor_reference: str | None = None
    at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class FetchNeeded:
    """The vendor has something to fetch; what this request says by itself is not believed."""

    identifier: str | None = None
    vendor_reference: str | None = None


Event = StatusReport | Incident | ControlAction | FetchNeeded
"""The content of a receipt, in our words.

Each event names its session by identifier or vendor reference.
"""


def with_identifier(event: Event, identifier: str) -> Event:
    """Return the event of the session that its vendor reference belongs to."""
    if isinstance(event, StatusReport):
        return replace(event, report=replace(event.report, identifier=identifier))
    return replace(event, identifier=identifier)


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """A request that was understood. `ignored` names optional fields that could not be used."""

    events: tuple[Event, ...]
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Unrecognised:
    """Well formed, but with a word that this version does not know: stored, and replayed later."""

    detail: str
    identifier: str | None = None
    vendor_reference: str | None = None


@dataclass(frozen=True, kw_only=True)
class Invalid:
    """Understood, but impossible. `errors` maps the vendor's field names to their errors."""

    detail: str
    errors: Mapping[str, list[str]] = field(default_factory=dict)
    identifier: str | None = None


@dataclass(frozen=True, kw_only=True)
class Malformed:
    """Not JSON that can be read in exactly one way."""

    detail: str


ParseResult = Parsed | Unrecognised | Invalid | Malformed


def single_report(parsed: ParseResult) -> Report | None:
    """Return the status report of a request that carries nothing else, not even a reference."""
    match parsed:
        case Parsed(events=(StatusReport(report=report, vendor_reference=None),)):
            return report
    return None


class Webhook(Protocol):
    """How a vendor authenticates its requests and how they are parsed."""

    def authenticate(self, request: WebhookRequest, now: datetime) -> KeyId | Unauthenticated: ...

    def parse(self, request: WebhookRequest) -> ParseResult:
        """Say in our words what the request means. Never raises for what a sender can write."""
        ...

    @property
    def security_scheme(self) -> Mapping[str, str]:
        """Return how requests are authenticated, as a security scheme of OpenAPI."""
        ...

    @property
    def doctor_headers(self) -> tuple[Mapping[str, str], ...]:
        """Return headers that authenticate an empty request, once for each key; may be empty."""
        ...


class Fetcher(Protocol):
    """Asks a vendor for a result. A vendor without a webhook has it read what was fetched."""

    def fetch(self, reference: str, now: datetime) -> FetchResult: ...

    def parse(self, request: WebhookRequest) -> ParseResult: ...


class StartProof(StrEnum):
    """How proctoring shows that it runs: by a browser's heartbeats or by messages of the vendor."""

    HEARTBEAT = "heartbeat"
    SIGNED = "signed"


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """A proctoring system. `metrics` and `incidents` explain each of its codes in one sentence.

    `name` is the last part of its webhook's path. `confirms_end_within` is how soon the vendor
    itself reports the end of a sitting; None if it does not promise to.
    """

    name: str
    settings: VendorSettings | None = None
    metrics: Mapping[str, str] = field(default_factory=dict)
    incidents: Mapping[str, str] = field(default_factory=dict)
    start_proof: StartProof = StartProof.HEARTBEAT
    confirms_end_within: timedelta | None = None
    webhook: Webhook | None = None
    launcher: Launcher | None = None
    fetcher: Fetcher | None = None
    scheduler: Scheduler | None = None
    reviewer: Reviewer | None = None
    eraser: Eraser | None = None
    blueprint: Blueprint | None = None
    job_kinds: Mapping[str, JobRunner] = field(default_factory=dict)
    doctor_checks: tuple[Callable[[datetime], Iterator[CheckResult]], ...] = ()

    @property
    def capabilities(self) -> tuple[str, ...]:
        """Return the names of the parts that this vendor has."""
        return tuple(name for name in _CAPABILITIES if getattr(self, name) is not None)

    def parse(self, request: WebhookRequest) -> ParseResult:
        """Say what a posted or fetched body means: one parser reads all bodies of a vendor."""
        parser = self.webhook or self.fetcher
        return parser.parse(request) if parser else Malformed(detail=f"{self.name} sends nothing")


_CAPABILITIES = ("webhook", "launcher", "fetcher", "scheduler", "reviewer", "eraser")
