"""Understands what pip-audit prints, also where it could ask nobody."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A vulnerability of a pinned package. `names` are its identifiers with every service."""

    package: str
    version: str
    names: frozenset[str]
    mended_in: tuple[str, ...]

    @property
    def text(self) -> str:
        mend = f"upgrade to {' or '.join(self.mended_in)}" if self.mended_in else "nothing mends it yet"
        return f"{self.package} {self.version} has {', '.join(sorted(self.names))}: {mend}, or explain it"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a service said; `unknown` are packages that it does not know, `silence` is why it said nothing."""

    findings: tuple[Finding, ...] = ()
    unknown: frozenset[str] = frozenset()
    silence: str = ""


def read(printed: str, complaint: str) -> Answer:
    """The answer in the JSON of pip-audit, or else in the last line of its complaint."""
    try:
        said = json.loads(printed)["dependencies"]
    except (ValueError, KeyError, TypeError):
        lines = complaint.strip().splitlines() or ["it printed nothing"]
        return Answer(silence=f"could not be asked ({_short(lines[-1])})")
    return Answer(
        findings=tuple(_finding(each, fault) for each in said for fault in each.get("vulns", ())),
        unknown=frozenset(each["name"] for each in said if "skip_reason" in each),
    )


def _finding(package: dict[str, Any], fault: dict[str, Any]) -> Finding:
    return Finding(
        package=package["name"],
        version=package["version"],
        names=frozenset({fault["id"], *fault.get("aliases", ())}),
        mended_in=tuple(fault["fix_versions"]),
    )


def _short(line: str) -> str:
    return line if len(line) <= 200 else f"{line[:200]}…"
