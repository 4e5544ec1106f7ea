"""Vendors without keys or accounts: they parse what tests give them."""

from dataclasses import replace
from typing import Any

from proctor_results.sessions.report import Report
from proctor_results.settings.model import Settings
from proctor_results.vendors.base import ParseResult, Vendor, WebhookRequest, single_report
from proctor_results.vendors.registry import build_vendors
from proctor_results.vendors.supervisor.settings import SupervisorSettings

VENDORS = build_vendors({"supervisor": SupervisorSettings()})


def with_supervisor(settings: Settings, **changes: Any) -> Settings:
    """Return the settings with other ones of this vendor."""
    supervisor = settings.vendors["supervisor"]
    assert isinstance(supervisor, SupervisorSettings)
    return replace(settings, vendors={"supervisor": replace(supervisor, **changes)})


def parse_body(body: bytes, vendor: Vendor = VENDORS["supervisor"]) -> ParseResult:
    """Parse a body as the vendor does."""
    return vendor.parse(WebhookRequest(body=body))


def parse_report(body: bytes) -> Report:
    """Parse a body that holds one status report."""
    report = single_report(parse_body(body))
    assert report is not None
    return report
