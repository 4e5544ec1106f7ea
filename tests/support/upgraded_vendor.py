"""A vendor folder after an upgrade."""

from dataclasses import replace
from typing import Any

from proctor_results.vendors.base import (
    Parsed,
    ParseResult,
    StatusReport,
    Vendor,
    WebhookRequest,
    single_report,
)
from tests.support.vendors import parse_body


class UpgradedWebhook:
    """It knows one more status, `condemned`, and reads every comment differently."""

    def __getattr__(self, name: str) -> Any:
        raise NotImplementedError(name)

    def parse(self, request: WebhookRequest) -> ParseResult:
        parsed = parse_body(request.body.replace(b'"condemned"', b'"rejected"'))
        report = single_report(parsed)
        if report is None:
            return parsed
        return Parsed(events=(StatusReport(report=replace(report, comment="read anew")),))


UPGRADED_VENDOR = Vendor(name="supervisor", webhook=UpgradedWebhook())
