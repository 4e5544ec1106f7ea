"""`simulate` and `sandbox-lms`, as a person calls them."""

import pytest
from click.testing import CliRunner, Result

from sandbox.cli import sandbox_lms, simulate
from sandbox.vendor.scenarios import SCENARIO_NAMES
from tests.sandbox.recording_server import RecordingServer

ENVIRONMENT = {
    "SUPERVISOR_WEBHOOK_KEYS": "first-key, second-key",
    "LMS_WEBHOOK_SECRET": None,
    "SUPERVISOR_WEBHOOK_KEY_HEADER": None,
}


def run_simulate(*arguments: str, **environment: str | None) -> Result:
    return CliRunner(env={**ENVIRONMENT, **environment}).invoke(simulate, arguments)


def test_by_default_the_recorded_request_is_posted_with_the_first_key_of_the_service(
    recording_server: RecordingServer,
) -> None:
    result = run_simulate(recording_server.url)
    assert (result.exit_code, len(recording_server.bodies[0])) == (0, 520)
    assert recording_server.headers[0]["x-api-key"] == "first-key"
    assert "all 1 were answered with 200" in result.output


def test_the_key_and_its_header_can_be_given(recording_server: RecordingServer) -> None:
    run_simulate(recording_server.url, "--key", "other", "--header", "X-Proctor-Key")
    assert recording_server.headers[0]["x-proctor-key"] == "other"


def test_all_scenarios_end_in_a_table_of_responses(recording_server: RecordingServer) -> None:
    result = run_simulate(recording_server.url, "--all")
    assert result.exit_code == 0
    assert all(f"-{name} " in result.output for name in SCENARIO_NAMES if name != "recorded")
    assert "200 x5" in result.output


def test_scenarios_can_be_chosen(recording_server: RecordingServer) -> None:
    run_simulate(recording_server.url, "--scenario", "late", "--scenario", "started")
    assert len(recording_server.bodies) == 4


def test_two_runs_post_different_sessions(recording_server: RecordingServer) -> None:
    for _ in range(2):
        run_simulate(recording_server.url, "--scenario", "started")
    first, second = recording_server.bodies
    assert first != second


def test_a_shuffled_run_prints_the_seed_that_reproduces_it(
    recording_server: RecordingServer,
) -> None:
    assert (
        "--seed 7" in run_simulate(recording_server.url, "--scenario", "late", "--seed", "7").output
    )
    assert "--seed " in run_simulate(recording_server.url, "--shuffle").output


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (401, "--key"),
        (404, "/webhooks/supervisor"),
        (422, "kept the report"),
        (503, "/readyz"),
        (500, "logged"),
    ],
)
def test_a_response_other_than_200_exits_with_1_and_prints_a_hint(
    recording_server: RecordingServer, status: int, hint: str
) -> None:
    recording_server.statuses = [200, status]
    result = run_simulate(recording_server.url, "--scenario", "late")
    assert result.exit_code == 1
    assert f"1 of 3 were not answered with 200, the first with {status}" in result.output
    assert hint in result.output.partition("next: ")[2]


def test_an_unreachable_service_is_one_line_and_no_traceback(nowhere: str) -> None:
    result = run_simulate(nowhere)
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert result.stderr.startswith(f"Error: cannot reach {nowhere}")


def test_an_invalid_url_is_one_line_too() -> None:
    assert run_simulate("somewhere").stderr.startswith("Error: cannot reach somewhere: Invalid URL")


def test_without_a_key_the_error_names_the_option_and_the_setting() -> None:
    result = run_simulate("http://127.0.0.1:1/", SUPERVISOR_WEBHOOK_KEYS=None)
    assert (result.exit_code, "SUPERVISOR_WEBHOOK_KEYS" in result.stderr) == (2, True)


def test_the_list_needs_neither_address_nor_key() -> None:
    result = run_simulate("--list", SUPERVISOR_WEBHOOK_KEYS=None)
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.output.splitlines()[2:]] == list(SCENARIO_NAMES)


@pytest.mark.parametrize("secret", [None, "whsec_", "whsec_a", "whsec_\xe9"])
def test_the_lms_does_not_start_without_a_usable_secret(secret: str | None) -> None:
    result = CliRunner(env={"LMS_WEBHOOK_SECRET": secret}).invoke(sandbox_lms, ["--port", "0"])
    assert (result.exit_code, "--secret" in result.stderr) == (2, True)
