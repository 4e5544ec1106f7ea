"""A vendor's translator after an upgrade."""

from dataclasses import dataclass, replace

from proctor_results.sessions.report import Report
from proctor_results.vendors.base import ParseResult
from proctor_results.vendors.registry import VENDORS


@dataclass(frozen=True)
class UpgradedVendor:
    """It knows one status more, `condemned`, and reads every comment in its own way."""

    name: str = "supervisor"

    def parse_webhook(self, body: bytes) -> ParseResult:
        parsed = VENDORS["supervisor"].parse_webhook(body.replace(b'"condemned"', b'"rejected"'))
        return replace(parsed, comment="read anew") if isinstance(parsed, Report) else parsed
