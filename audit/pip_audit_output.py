"""Parses the output of pip-audit, also when no service answered it."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Vulnerability:
    """A vulnerability of a pinned package, with its identifiers at all services."""

    package: str
    version: str
    identifiers: frozenset[str]
    fixed_in: tuple[str, ...]

    @property
    def description(self) -> str:
        remedy = (
            f"upgrade to {' or '.join(self.fixed_in)}" if self.fixed_in else "nothing mends it yet"
        )
        return (
            f"{self.package} {self.version} has {', '.join(sorted(self.identifiers))}: {remedy}, "
            "or explain it"
        )


@dataclass(frozen=True, kw_only=True)
class AuditReport:
    """The answer of one service: vulnerabilities, packages it does not know, or its `error`."""

    vulnerabilities: tuple[Vulnerability, ...] = ()
    unknown_packages: frozenset[str] = frozenset()
    error: str = ""


def parse_output(stdout: str, stderr: str) -> AuditReport:
    """Parse the JSON of pip-audit, or else take the last line of its error output."""
    try:
        dependencies = json.loads(stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        lines = stderr.strip().splitlines() or ["it printed nothing"]
        return AuditReport(error=f"could not be asked ({_shorten(lines[-1])})")
    return AuditReport(
        vulnerabilities=tuple(
            _vulnerability(dependency, vulnerability)
            for dependency in dependencies
            for vulnerability in dependency.get("vulns", ())
        ),
        unknown_packages=frozenset(
            dependency["name"] for dependency in dependencies if "skip_reason" in dependency
        ),
    )


def _vulnerability(package: dict[str, Any], vulnerability: dict[str, Any]) -> Vulnerability:
    return Vulnerability(
        package=package["name"],
        version=package["version"],
        identifiers=frozenset({vulnerability["id"], *vulnerability.get("aliases", ())}),
        fixed_in=tuple(vulnerability["fix_versions"]),
    )


def _shorten(line: str) -> str:
    return line if len(line) <= 200 else f"{line[:200]}…"
