"""The three sides that must agree: what was sent, what is stored, and what the LMS was told."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from bench.reconciliation.clock import Clock
from proctor_results.domain.decision import Decision
from proctor_results.domain.policy import Policy
from proctor_results.domain.report import Report
from proctor_results.domain.rhythm import Rhythm
from proctor_results.domain.session import Session
from proctor_results.domain.words import ReceiptVerdict, Topic
from proctor_results.policy_file import built_in
from proctor_results.vendors import VENDORS


@dataclass(frozen=True, kw_only=True)
class Post:
    """One try at posting a body. Without a status no answer came: it may have been kept or not."""

    body: bytes
    status: int | None


@dataclass(frozen=True, kw_only=True)
class Hand:
    """A hold opened or released by hand, and answered with 200; `note` is like no other's."""

    identifier: str
    note: str


@dataclass(frozen=True, kw_only=True)
class Beat:
    """One try at a heartbeat, by the sender's monotonic clock; `heard` if it was answered with 200."""

    launch: int
    sent: float
    ended: float
    heard: bool


@dataclass(kw_only=True)
class Sitting:
    """What LMS and learner did about one session: launches tried and answered, heartbeats, and how it ended.

    `began_at` is about when its first heartbeat came. `silent` if the learner fell silent for good, without a goodbye.
    """

    identifier: str
    student: str
    began_at: datetime | None = None
    tried: int = 0
    launches: int = 0
    beats: list[Beat] = field(default_factory=list)
    silent: bool = False


@dataclass(kw_only=True)
class Sent:
    """What left for the service. `live` are the bodies of metrics events, `held` who is locked by hand in the end.

    `complaints` are answers that were wrong when they came.
    """

    posts: list[Post] = field(default_factory=list)
    live: list[bytes] = field(default_factory=list)
    sittings: dict[str, Sitting] = field(default_factory=dict)
    hands: list[Hand] = field(default_factory=list)
    held: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A receipt."""

    identifier: str | None
    body: bytes
    content: str | None
    verdict: ReceiptVerdict


@dataclass(frozen=True, kw_only=True)
class History:
    """What follows from what is stored of a session when it is judged again from the beginning.

    `states` holds it at each revision, from 0 on; `impossible` says why it could not be told to its end.
    """

    states: Sequence[Session]
    decisions: Sequence[Decision]
    impossible: str = ""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What the ledger holds. `undelivered` says of each delivery still due what it is; `beats` counts per session."""

    sessions: Mapping[str, Session]
    receipts: Sequence[Kept] = ()
    decisions: Mapping[str, Sequence[Decision]] = field(default_factory=dict)
    histories: Mapping[str, History] = field(default_factory=dict)
    undelivered: Sequence[str] = ()
    beats: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Heard:
    """One arrival at the LMS: read to its end, whatever was answered. `taken` if the LMS took it in.

    `genuine` if the signature was right.
    """

    webhook_id: str
    body: bytes
    genuine: bool = True
    taken: bool = True

    @cached_property
    def message(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.body)
        return said

    @property
    def data(self) -> Mapping[str, Any]:
        data: Mapping[str, Any] = self.message["data"]
        return data

    @property
    def about(self) -> tuple[str, Topic]:
        return self.data["identifier"], Topic(self.message["type"].removeprefix("session."))

    @property
    def revision(self) -> int:
        return int(self.data["revision"])

    @property
    def content(self) -> Mapping[str, Any]:
        """What it says, without the revision."""
        return {name: value for name, value in self.data.items() if name != "revision"}


@dataclass(frozen=True, kw_only=True)
class Sides:
    """All three, `told` in the order of arrival.

    `fed` are the revisions that a reader of the change feed was given, in its order. `doubled` says that a try may
    leave two traces, because a connection to the database that breaks is used again (decision 3). `allowed` is the
    longest silence in seconds.
    """

    sent: Sent
    stored: Stored
    told: Sequence[Heard]
    policy: Policy = field(default_factory=built_in)
    fed: Mapping[str, Sequence[int]] = field(default_factory=dict)
    doubled: bool = False
    clock: Clock = field(default_factory=Clock)
    allowed: float = Rhythm().allowed.total_seconds()
    _readings: dict[bytes, Report | None] = field(default_factory=dict, repr=False)

    @property
    def traces(self) -> int:
        """How many traces one try may leave."""
        return 2 if self.doubled else 1

    def report(self, body: bytes) -> Report | None:
        """The report in a body, where there is one; each is read once."""
        if body not in self._readings:
            reading = _VENDOR.read(body)
            self._readings[body] = reading if isinstance(reading, Report) else None
        return self._readings[body]

    @cached_property
    def taken(self) -> Mapping[tuple[str, Topic], Heard]:
        """What the LMS took in last, of each session and topic."""
        return {heard.about: heard for heard in self.told if heard.taken and heard.genuine}


_VENDOR = VENDORS["supervisor"]
