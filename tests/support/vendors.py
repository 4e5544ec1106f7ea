"""Vendors without keys or accounts: they parse what tests give them."""

from proctor_results.sessions.report import Report
from proctor_results.vendors.base import ParseResult, Vendor, WebhookRequest, single_report
from proctor_results.vendors.registry import VENDORS


def parse_body(body: bytes, vendor: Vendor = VENDORS["supervisor"]) -> ParseResult:
    """Parse a body as the vendor does."""
    return vendor.parse(WebhookRequest(body=body))


def parse_report(body: bytes) -> Report:
    """Parse a body that holds one status report."""
    report = single_report(parse_body(body))
    assert report is not None
    return report
