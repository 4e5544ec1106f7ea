"""What the doctor notes."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How it is. `look` is what no machine can see from here."""

    OK = "ok"
    CHECK_MANUALLY = "check manually"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """One check: what was looked at, how it is, and what mends it."""

    severity: Severity
    subject: str
    message: str
    fix: str = ""


def ok(subject: str, message: str) -> CheckResult:
    return CheckResult(severity=Severity.OK, subject=subject, message=message)


def manual_check(subject: str, message: str) -> CheckResult:
    return CheckResult(severity=Severity.CHECK_MANUALLY, subject=subject, message=message)


def warning(subject: str, message: str, fix: str) -> CheckResult:
    return CheckResult(severity=Severity.WARNING, subject=subject, message=message, fix=fix)


def error(subject: str, message: str, fix: str) -> CheckResult:
    return CheckResult(severity=Severity.ERROR, subject=subject, message=message, fix=fix)
