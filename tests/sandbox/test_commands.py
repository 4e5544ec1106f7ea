"""`simulate` and `sandbox-lms`, as a person calls them."""

import pytest
from click.testing import CliRunner, Result

from proctor_results.sandbox.commands import sandbox_lms, simulate
from proctor_results.sandbox.scenarios import NAMES
from tests.sandbox.receiver import Receiver

ENVIRONMENT = {"WEBHOOK_API_KEYS": "first-key, second-key", "LMS_WEBHOOK_SECRET": None, "WEBHOOK_API_KEY_HEADER": None}


def called(*arguments: str, **environment: str | None) -> Result:
    return CliRunner(env={**ENVIRONMENT, **environment}).invoke(simulate, arguments)


def test_by_default_the_recorded_request_is_posted_with_the_first_key_of_the_service(receiver: Receiver) -> None:
    result = called(receiver.url)
    assert (result.exit_code, len(receiver.bodies[0])) == (0, 520)
    assert receiver.headers[0]["x-api-key"] == "first-key"
    assert "all 1 were answered with 200" in result.output


def test_the_key_and_its_header_can_be_given(receiver: Receiver) -> None:
    called(receiver.url, "--key", "other", "--header", "X-Proctor-Key")
    assert receiver.headers[0]["x-proctor-key"] == "other"


def test_all_days_end_in_a_table_of_what_was_answered(receiver: Receiver) -> None:
    result = called(receiver.url, "--all")
    assert result.exit_code == 0
    assert all(f"-{name} " in result.output for name in NAMES if name != "recorded")
    assert "200 x5" in result.output


def test_days_can_be_chosen(receiver: Receiver) -> None:
    called(receiver.url, "--scenario", "late", "--scenario", "started")
    assert len(receiver.bodies) == 4


def test_two_runs_play_different_sessions(receiver: Receiver) -> None:
    for _ in range(2):
        called(receiver.url, "--scenario", "started")
    first, second = receiver.bodies
    assert first != second


def test_a_mixed_run_says_the_seed_that_brings_its_order_back(receiver: Receiver) -> None:
    assert "--seed 7" in called(receiver.url, "--scenario", "late", "--seed", "7").output
    assert "--seed " in called(receiver.url, "--shuffle").output


@pytest.mark.parametrize(
    ("status", "hint"),
    [(401, "--key"), (404, "/webhooks/supervisor"), (422, "kept the report"), (503, "/readyz"), (500, "logged")],
)
def test_an_answer_other_than_200_ends_with_1_and_says_what_to_do_next(
    receiver: Receiver, status: int, hint: str
) -> None:
    receiver.statuses = [200, status]
    result = called(receiver.url, "--scenario", "late")
    assert result.exit_code == 1
    assert f"1 of 3 were not answered with 200, the first with {status}" in result.output
    assert hint in result.output.partition("next: ")[2]


def test_an_unreachable_service_is_one_line_and_no_traceback(nowhere: str) -> None:
    result = called(nowhere)
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert result.stderr.startswith(f"Error: cannot reach {nowhere}")


def test_an_address_that_is_none_is_one_line_too() -> None:
    assert called("somewhere").stderr.startswith("Error: cannot reach somewhere: Invalid URL")


def test_without_any_key_it_says_where_to_put_one() -> None:
    result = called("http://127.0.0.1:1/", WEBHOOK_API_KEYS=None)
    assert (result.exit_code, "WEBHOOK_API_KEYS" in result.stderr) == (2, True)


def test_the_list_needs_neither_address_nor_key() -> None:
    result = called("--list", WEBHOOK_API_KEYS=None)
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.output.splitlines()[2:]] == list(NAMES)


@pytest.mark.parametrize("secret", [None, "whsec_", "whsec_a", "whsec_\xe9"])
def test_the_lms_does_not_start_without_a_usable_secret(secret: str | None) -> None:
    result = CliRunner(env={"LMS_WEBHOOK_SECRET": secret}).invoke(sandbox_lms, ["--port", "0"])
    assert (result.exit_code, "--secret" in result.stderr) == (2, True)
