"""What a vendor is asked for when the LMS lets a learner sit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class LaunchRequest:
    """One learner's sitting, as the LMS orders it. Times are aware; `timeout` is minutes of inactivity.

    `api` is where the vendor reports to, `url` the exam page for vendors that frame it, `referrer` the page to go to
    afterwards. `expires` is when the token goes stale; `proctor` names a proctor for whom a link is wanted too.
    """

    identifier: str
    student: str
    nickname: str | None = None
    course: str | None = None
    exam: str | None = None
    subject: str | None = None
    template: str | None = None
    deadline: datetime | None = None
    timeout: int | None = None
    tags: tuple[str, ...] = ()
    invites: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    lang: str | None = None
    group: str | None = None
    referrer: str | None = None
    url: str | None = None
    api: str | None = None
    expires: datetime | None = None
    proctor: str | None = None


@dataclass(frozen=True, kw_only=True)
class ExamPageConfig:
    """What our own script needs on the exam page: where it lies, its hash, and where it sends what."""

    reconnect_url: str
    integrity: str
    heartbeats_url: str
    metrics_url: str
    token: str = field(repr=False)
    heartbeat_interval_ms: int


@dataclass(frozen=True, kw_only=True)
class VendorLaunch:
    """What opens the sitting: a token, links, and two ready pieces of HTML for the exam page; one is enough."""

    token: str = field(repr=False)
    expires: datetime
    link: str = field(repr=False)
    report: str
    proctor_link: str | None = field(repr=False)
    script_html: str = field(repr=False)
    attributes_html: str = field(repr=False)


class Launcher(Protocol):
    """An account with a vendor. `name` is that of its translator, `script_url` what the exam page loads from it.

    `checklist` is what the vendor demands of the exam page, and only a look at the page can tell.
    """

    @property
    def name(self) -> str: ...

    @property
    def script_url(self) -> str: ...

    @property
    def manual_checks(self) -> tuple[str, ...]: ...

    def validation_errors(
        self, launch_request: LaunchRequest, now: datetime
    ) -> Mapping[str, list[str]]:
        """What the vendor would not take: a field of the order, and what is wrong with it."""
        ...

    def launch(
        self, launch_request: LaunchRequest, exam_page: ExamPageConfig, now: datetime
    ) -> VendorLaunch:
        """Makes what opens the sitting, of an order without faults. The same identifier and student resume it."""
        ...

    def self_test(self, now: datetime) -> list[str]:
        """Launches an invented sitting, and reads the token as the vendor will; what is wrong with it."""
        ...
