"""The results of the doctor's checks."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """The severity of a result. An operator checks manually what the doctor cannot see."""

    OK = "ok"
    CHECK_MANUALLY = "check_manually"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """The result of one check: its subject, the severity, a message and how to fix it."""

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
