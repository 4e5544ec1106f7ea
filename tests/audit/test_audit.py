"""The audit understands pip-audit, prints what was not looked up, and checks every licence."""

import json
from typing import Any

import pytest

from audit import licences, vulnerabilities
from audit.pip_audit_output import AuditReport, parse_output
from audit.requirements import pinned_packages

FLAW: dict[str, Any] = {
    "id": "PYSEC-2026-1",
    "fix_versions": ["2.1"],
    "aliases": ["CVE-2026-1", "GHSA-x"],
}
FOUND: list[dict[str, Any]] = [
    {"name": "a", "version": "2.0", "vulns": [FLAW]},
    {"name": "b", "version": "1.0", "vulns": []},
]
UNKNOWN: list[dict[str, Any]] = [
    {"name": "a", "skip_reason": "Dependency not found on PyPI: a (2.0)"}
]
SAID = "a 2.0 has CVE-2026-1, GHSA-x, PYSEC-2026-1: upgrade to 2.1, or explain it"
PACKAGES = {"a": "2.0", "b": "1.0"}


def answer(dependencies: list[dict[str, Any]]) -> AuditReport:
    return parse_output(json.dumps({"dependencies": dependencies, "fixes": []}), "")


def faults(*answers: AuditReport) -> list[str]:
    remaining_answers = iter(answers)
    return list(
        vulnerabilities.vulnerability_problems(
            PACKAGES, lambda service, packages: next(remaining_answers)
        )
    )


def test_a_known_vulnerability_is_a_fault_that_says_how_it_is_mended() -> None:
    assert faults(answer(FOUND)) == [SAID]


def test_what_one_service_does_not_know_the_next_is_asked() -> None:
    assert faults(answer([*UNKNOWN, FOUND[1]]), answer(FOUND[:1])) == [SAID]


def test_a_vulnerability_explained_by_any_of_its_names_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    explained = tmp_path / "explained.toml"
    explained.write_text(
        'GHSA-x = "the flaw is in a part that we do not call"\nGHSA-y = "fixed long ago"\n'
    )
    monkeypatch.setattr(vulnerabilities, "EXCEPTIONS_FILE", explained)

    assert faults(answer(FOUND)) == ["GHSA-y is not found any more: remove it from explained.toml"]


SILENT = "requests.exceptions.ConnectionError: no such host"


def test_packages_that_were_not_looked_up_are_printed_and_are_no_fault(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert (
        faults(
            answer([*UNKNOWN, {**UNKNOWN[0], "name": "b"}]),
            parse_output("", f"Traceback\n{SILENT}\n"),
        )
        == []
    )

    output = capsys.readouterr().out
    assert "0 of 2 packages looked up" in output
    assert f"could not be asked ({SILENT})" in output
    assert "NOT LOOKED UP, so nothing is known of any of them" in output


def test_every_package_of_production_has_a_licence_that_is_allowed_or_explained() -> None:
    packages = pinned_packages("requirements.txt")

    assert list(licences.licence_problems(packages)) == []
    assert len(packages) > 20
    assert licences.LICENCE_EXCEPTIONS.keys() <= packages.keys()


LICENCES = {
    "MIT": True,
    "MIT OR GPL-3.0-only": True,
    "(Apache-2.0 AND BSD-3-Clause) OR GPL-3.0-only": True,
    "MIT AND GPL-3.0-only": False,
    "AGPL-3.0-only": False,
    "": False,
}


@pytest.mark.parametrize(("licence", "allowed"), LICENCES.items())
def test_a_licence_is_allowed_where_we_may_choose_one_that_is(licence: str, allowed: bool) -> None:
    assert licences.is_allowed(licence) is allowed


def test_a_package_that_is_not_installed_is_a_fault() -> None:
    assert list(licences.licence_problems(["no-such-package"])) == [
        "no-such-package is pinned and not installed: its licence is not known"
    ]
