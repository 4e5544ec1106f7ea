"""The request for a launch that a vendor gets, and the launch that it returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class LaunchRequest:
    """One learner's sitting, as the LMS ordered it. Times are aware.

    `timeout` is minutes of inactivity, `api` the URL the vendor reports to, `url` the exam page for
    vendors that frame it, `referrer` the page to open afterwards. `expires` is when the vendor's
    token expires; `proctor` names a proctor for whom a link is wanted too.
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
    """The data for reconnect.js on the exam page: its URL and hash, and the URLs it posts to."""

    reconnect_url: str
    integrity: str
    heartbeats_url: str
    metrics_url: str
    token: str = field(repr=False)
    heartbeat_interval_ms: int


@dataclass(frozen=True, kw_only=True)
class VendorLaunch:
    """A token and links that open the sitting, and HTML for the exam page in two variants."""

    token: str = field(repr=False)
    expires: datetime
    link: str = field(repr=False)
    report: str
    proctor_link: str | None = field(repr=False)
    script_html: str = field(repr=False)
    attributes_html: str = field(repr=False)


class Launcher(Protocol):
    """An account with a vendor, with which learners are launched."""

    def validation_errors(
        self, launch_request: LaunchRequest, now: datetime
    ) -> Mapping[str, list[str]]:
        """Return, by field of the request, what the vendor does not accept."""
        ...

    def launch(
        self, launch_request: LaunchRequest, exam_page: ExamPageConfig, now: datetime
    ) -> VendorLaunch:
        """Build what opens the sitting. The same identifier and student resume it."""
        ...
