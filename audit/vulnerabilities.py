"""Whether anything pinned has a known vulnerability, as far as the services that know can be asked."""

import subprocess  # noqa: S404  # one command of our own
import sys
import tempfile
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from audit.answers import Answer, Finding, read

SERVICES = ("pypi", "osv")
PATIENCE = 120
EXPLAINED = Path(__file__).with_name("explained.toml")

Packages = Mapping[str, str]
Ask = Callable[[str, Packages], Answer]


def pip_audit(service: str, packages: Packages) -> Answer:
    """What that service says of these packages and versions."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as listed:
        listed.writelines(f"{package}=={version}\n" for package, version in packages.items())
        listed.flush()
        options = ["--vulnerability-service", service, "--format", "json", "--aliases", "on", "--timeout", "10"]
        command = [sys.executable, "-m", "pip_audit", *options, "--no-deps", "--disable-pip", "-r", listed.name]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)  # noqa: S603  # our own arguments, no shell
        except subprocess.TimeoutExpired:
            return Answer(silence=f"did not answer within {PATIENCE} seconds")
    return read(done.stdout, done.stderr)


def faults(packages: Packages, ask: Ask = pip_audit) -> Iterator[str]:
    """One line for each vulnerability that nobody has explained. What could not be asked is said, and no fault."""
    findings, left = _findings(packages, ask)
    print(f"vulnerabilities: {len(packages) - len(left)} of {len(packages)} packages looked up")
    if left:
        names = "any of them" if len(left) == len(packages) else ", ".join(sorted(left))
        print(f"  NOT LOOKED UP, so nothing is known of {names}")
    explained = explanations()
    yield from (each.text for each in findings if not each.names & explained.keys())
    yield from _idle(explained, findings, left)


def explanations() -> dict[str, str]:
    """Reason by identifier."""
    said = tomllib.loads(EXPLAINED.read_text())
    return {identifier: str(reason) for identifier, reason in said.items()}


def _findings(packages: Packages, ask: Ask) -> tuple[list[Finding], set[str]]:
    """What was found, and the packages of which no service knew anything. What one does not know, the next is asked."""
    findings, left = list[Finding](), set(packages)
    for service in SERVICES:
        if left:
            answer = ask(service, {package: packages[package] for package in left})
            findings += answer.findings
            left &= answer.unknown if not answer.silence else left
            _complain(service, answer)
    return findings, left


def _complain(service: str, answer: Answer) -> None:
    strangers = len(answer.unknown)
    why = answer.silence or (f"knows nothing of {strangers} that it was asked about" if strangers else "")
    if why:
        print(f"  {service}: {why}")


def _idle(explained: Mapping[str, str], findings: Collection[Finding], left: Collection[str]) -> Iterator[str]:
    """Explanations of what is no longer found, which can be said only where everything could be asked."""
    if left:
        return
    found = {name for each in findings for name in each.names}
    yield from (f"{each} is not found any more: remove it from {EXPLAINED.name}" for each in explained.keys() - found)
