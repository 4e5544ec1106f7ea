"""Looks up known vulnerabilities of the pinned packages at the services that know them."""

import subprocess  # one command of our own
import sys
import tempfile
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from audit.pip_audit_output import AuditReport, Vulnerability, parse_output

SERVICES = ("pypi", "osv")
TIMEOUT_SECONDS = 120
EXCEPTIONS_FILE = Path(__file__).with_name("explained.toml")

Packages = Mapping[str, str]
AuditFunction = Callable[[str, Packages], AuditReport]


def run_pip_audit(service: str, packages: Packages) -> AuditReport:
    """Ask one service about these packages and versions."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirements:
        requirements.writelines(f"{package}=={version}\n" for package, version in packages.items())
        requirements.flush()
        options = [
            "--vulnerability-service",
            service,
            "--format",
            "json",
            "--aliases",
            "on",
            "--timeout",
            "10",
        ]
        command = [
            sys.executable,
            "-m",
            "pip_audit",
            *options,
            "--no-deps",
            "--disable-pip",
            "-r",
            requirements.name,
        ]
        try:
            completed = subprocess.run(
                command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
            )  # our own arguments, no shell
        except subprocess.TimeoutExpired:
            return AuditReport(error=f"did not answer within {TIMEOUT_SECONDS} seconds")
    return parse_output(completed.stdout, completed.stderr)


def vulnerability_problems(
    packages: Packages, audit_service: AuditFunction = run_pip_audit
) -> Iterator[str]:
    """Yield one line for each unexplained vulnerability.

    A package that no service could look up is printed, and is no problem.
    """
    vulnerabilities, unchecked = _find_vulnerabilities(packages, audit_service)
    print(
        f"vulnerabilities: {len(packages) - len(unchecked)} of {len(packages)} packages looked up"
    )
    if unchecked:
        names = "any of them" if len(unchecked) == len(packages) else ", ".join(sorted(unchecked))
        print(f"  NOT LOOKED UP, so nothing is known of {names}")
    exceptions = load_exceptions()
    yield from (
        vulnerability.description
        for vulnerability in vulnerabilities
        if not vulnerability.identifiers & exceptions.keys()
    )
    yield from _unused_exceptions(exceptions, vulnerabilities, unchecked)


def load_exceptions() -> dict[str, str]:
    """Return the explanations by identifier."""
    document = tomllib.loads(EXCEPTIONS_FILE.read_text())
    return {identifier: str(reason) for identifier, reason in document.items()}


def _find_vulnerabilities(
    packages: Packages, audit_service: AuditFunction
) -> tuple[list[Vulnerability], set[str]]:
    """Return the vulnerabilities, and the packages that no service knows.

    The next service is asked about packages that the first does not know.
    """
    vulnerabilities, unchecked = list[Vulnerability](), set(packages)
    for service in SERVICES:
        if unchecked:
            report = audit_service(service, {package: packages[package] for package in unchecked})
            vulnerabilities += report.vulnerabilities
            unchecked &= report.unknown_packages if not report.error else unchecked
            _print_service_problem(service, report)
    return vulnerabilities, unchecked


def _print_service_problem(service: str, report: AuditReport) -> None:
    unknown_count = len(report.unknown_packages)
    reason = report.error or (
        f"knows nothing of {unknown_count} that it was asked about" if unknown_count else ""
    )
    if reason:
        print(f"  {service}: {reason}")


def _unused_exceptions(
    exceptions: Mapping[str, str],
    vulnerabilities: Collection[Vulnerability],
    unchecked: Collection[str],
) -> Iterator[str]:
    """Yield explanations that no found vulnerability needs.

    Where a package was not looked up there are none.
    """
    if unchecked:
        return
    found_identifiers = {name for identifier in vulnerabilities for name in identifier.identifiers}
    yield from (
        f"{identifier} is not found any more: remove it from {EXCEPTIONS_FILE.name}"
        for identifier in exceptions.keys() - found_identifiers
    )
