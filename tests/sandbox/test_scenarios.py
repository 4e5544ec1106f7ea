"""The exam days cover what they promise."""

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.vendor.scenarios import SCENARIO_NAMES, Scenario, build_scenarios

NOW = datetime(2026, 5, 4, 18, 0, tzinfo=UTC)
SCENARIOS = {scenario.name: scenario for scenario in build_scenarios(NOW, "run-1")}


def reports(name: str) -> list[dict[str, Any]]:
    return [json.loads(body) for body in SCENARIOS[name].bodies]


def statuses(name: str) -> list[str]:
    return [report["status"] for report in reports(name)]


def test_every_status_of_the_guide_occurs() -> None:
    found = {status for name in SCENARIOS for status in statuses(name)}
    assert found >= {"started", "skipped", "stopped", "accepted", "rejected"}


def test_every_outcome_and_both_states_of_the_exam_occur() -> None:
    assert {scenario.outcome for scenario in SCENARIOS.values()} == {
        "pending",
        "skipped",
        "accepted",
        "rejected",
    }
    assert {scenario.locked for scenario in SCENARIOS.values()} == {True, False}


def test_recorded_is_the_captured_request_byte_for_byte() -> None:
    (body,) = SCENARIOS["recorded"].bodies
    assert (len(body), json.loads(body)["identifier"]) == (520, SCENARIOS["recorded"].identifier)
    assert (
        hashlib.sha256(body).hexdigest()
        == "f4bca0ce6255cf6cdcb66571c9a4bdb1c850c13f6ff8c687d470bda9865de8dc"
    )


def test_a_violation_reaches_a_limit_of_the_default_policy() -> None:
    assert reports("violation")[-1]["averages"]["c4"] >= 20
    assert reports("cleared")[1]["averages"]["c3"] >= 30


@pytest.mark.parametrize(
    ("name", "verdicts"),
    [("revised-down", ["accepted", "rejected"]), ("revised-up", ["rejected", "accepted"])],
)
def test_a_revision_is_signed_after_what_it_revises(name: str, verdicts: list[str]) -> None:
    assert statuses(name)[-2:] == verdicts
    first, second = reports(name)[-2:]
    assert first["signedAt"] < second["signedAt"]


def test_duplicates_come_byte_for_byte_and_in_other_bytes() -> None:
    first, second, third, *_ = SCENARIOS["duplicates"].bodies
    assert first == second != third
    assert json.loads(first) == json.loads(third)


def test_late_reports_follow_their_verdict() -> None:
    assert statuses("late") == ["rejected", "stopped", "started"]


def test_a_resumed_session_starts_after_it_stopped() -> None:
    stopped, started = reports("resumed")[1:3]
    assert started["startedAt"] > stopped["stoppedAt"]


@pytest.mark.parametrize(
    ("name", "network_loss_percent"), [("network-loss", 36), ("network-gone", 72)]
)
def test_network_loss_is_the_only_metric_above_zero(name: str, network_loss_percent: int) -> None:
    averages = reports(name)[-1]["averages"]
    assert {metric: value for metric, value in averages.items() if value} == {
        "n1": network_loss_percent
    }


def test_an_older_server_sends_id() -> None:
    (report,) = reports("id-field")
    assert report["id"] == SCENARIOS["id-field"].identifier
    assert "identifier" not in report


def test_numbers_come_as_strings() -> None:
    (report,) = reports("text-numbers")
    assert (report["score"], report["averages"]["c4"], report["duration"]) == ("67", "27", "60")


def test_an_unknown_status_occurs_in_the_middle_of_a_scenario() -> None:
    assert statuses("unknown-status") == ["started", "paused", "stopped"]


def test_the_recorded_report_is_rated_under_an_identifier_of_its_own() -> None:
    assert statuses("recorded-rated") == ["stopped", "accepted", "rejected", "stopped"]
    assert reports("recorded-rated")[0]["identifier"] == SCENARIOS["recorded-rated"].identifier


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS.keys())
def test_all_reports_of_a_scenario_are_about_its_session(scenario: Scenario) -> None:
    assert {report.get("identifier", report.get("id")) for report in reports(scenario.name)} == {
        scenario.identifier
    }


def test_no_two_runs_share_an_identifier_but_the_recorded_one() -> None:
    first, second = (
        {scenario.identifier for scenario in build_scenarios(NOW, run_id)}
        for run_id in ("run-1", "run-2")
    )
    assert first & second == {SCENARIOS["recorded"].identifier}
    assert all(re.fullmatch(r"[A-Za-z0-9-]+", identifier) for identifier in first)


def test_times_are_relative_to_now() -> None:
    (report,) = (
        json.loads(scenario.bodies[0])
        for scenario in build_scenarios(NOW + timedelta(hours=1), "run-1", ["started"])
    )
    assert (reports("started")[0]["startedAt"], report["startedAt"]) == (
        "2026-05-04T16:45:00.000Z",
        "2026-05-04T17:45:00.000Z",
    )


def test_scenarios_can_be_chosen_by_name() -> None:
    assert [scenario.name for scenario in build_scenarios(NOW, "run-1", ["late", "started"])] == [
        "started",
        "late",
    ]
    assert tuple(SCENARIOS) == SCENARIO_NAMES
