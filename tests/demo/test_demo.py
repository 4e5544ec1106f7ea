"""The demo reports every difference, and keeps to its own folder and ports."""

import socket
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from demo.api_client import find_differences
from demo.compare import compare_sessions
from demo.environment import (
    GRACE_SECONDS,
    HEARTBEAT_SECONDS,
    create_environment,
    process_commands,
)
from demo.operators import OperatorAccount
from demo.output import next_steps, sessions_table
from proctor_results.settings import load as settings_load
from sandbox.vendor.scenarios import Scenario

REJECTED = {
    "outcome": "rejected",
    "locked": True,
    "reasons": [],
    "holds": [{"kind": "rejected", "detail": "a voice"}],
}
ACCEPTED = {
    "outcome": "accepted",
    "locked": False,
    "reasons": [{"detail": "accepted by a proctor"}],
    "holds": [],
}
SCENARIO = Scenario(
    name="day",
    description="rated",
    identifier="d-1",
    bodies=(b"{}",),
    outcome="rejected",
    locked=True,
)


@pytest.mark.parametrize(
    ("service_session", "lms_session", "lines"),
    [
        (REJECTED, REJECTED, []),
        (
            ACCEPTED,
            ACCEPTED,
            ["day: the service says accepted, open where rejected, locked is expected"],
        ),
        (
            REJECTED,
            ACCEPTED,
            ["day: the LMS received accepted, open where the service says rejected, locked"],
        ),
        (
            REJECTED,
            None,
            ["day: the LMS received nothing where the service says rejected, locked"],
        ),
        (None, None, ["day: the service says nothing where rejected, locked is expected"]),
    ],
    ids=[
        "all agree",
        "service is wrong",
        "LMS is behind",
        "LMS knows nothing",
        "both know nothing",
    ],
)
def test_scenario_service_and_lms_must_agree(
    service_session: Any, lms_session: Any, lines: Sequence[str]
) -> None:
    received = {"sessions": {"d-1": lms_session} if lms_session else {}, "out_of_order": []}
    assert (
        compare_sessions([SCENARIO], {"d-1": service_session} if service_session else {}, received)
        == lines
    )


def test_messages_out_of_order_are_a_difference() -> None:
    received = {"sessions": {"d-1": REJECTED}, "out_of_order": ["d-1.lock.2"]}
    assert compare_sessions([SCENARIO], {"d-1": REJECTED}, received) == [
        "received out of order: d-1.lock.2"
    ]


def test_no_response_is_a_difference(tmp_path: Path, nowhere: str) -> None:
    demo_environment = replace(create_environment(tmp_path), web_port=urlsplit(nowhere).port or 0)
    assert (
        find_differences(demo_environment, [SCENARIO])
        == f"no answer from {demo_environment.web_url}/sessions/d-1"
    )


def test_the_table_shows_the_reasons() -> None:
    *_, line = sessions_table([SCENARIO], {"d-1": REJECTED}).splitlines()
    assert line.split() == ["d-1", "rated", "rejected", "locked", "a", "voice"]
    assert sessions_table([SCENARIO], {"d-1": ACCEPTED}).endswith("accepted by a proctor")


def test_ports_in_use_are_not_chosen(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", create_environment(tmp_path).web_port)) as used_socket:
        assert create_environment(tmp_path).web_port != used_socket.getsockname()[1]


def test_the_developers_own_settings_do_not_change_the_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("POLICY", "DATABASE_URL", "WEB_CONCURRENCY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "the developer's own")
    assert (
        "the developer's own" not in create_environment(tmp_path).environment_variables().values()
    )


def test_the_service_accepts_the_demos_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in create_environment(tmp_path).environment_variables().items():
        monkeypatch.setenv(name, value)
    read_settings = settings_load.load_settings()
    assert (read_settings.heartbeat_seconds, read_settings.heartbeat_grace_seconds) == (
        HEARTBEAT_SECONDS,
        GRACE_SECONDS,
    )


def test_secrets_are_not_on_any_command_line(tmp_path: Path) -> None:
    demo_environment = create_environment(tmp_path)
    all_arguments = {
        argument
        for arguments in process_commands(demo_environment).values()
        for argument in arguments
    }
    secrets = {demo_environment.vendor_key, demo_environment.lms_key, demo_environment.lms_secret}
    assert not all_arguments & {
        *secrets,
        demo_environment.secret_key,
        demo_environment.supervisor_secret,
    }


def test_the_printed_commands_carry_the_keys_of_this_run(tmp_path: Path) -> None:
    demo_environment = create_environment(tmp_path)
    text = next_steps(
        demo_environment, [SCENARIO], OperatorAccount(name="demo", password="made up")
    )
    assert "sign in as demo, password made up" in text
    assert (
        f"curl -H 'Authorization: Bearer {demo_environment.lms_key}' "
        f"{demo_environment.web_url}/sessions/d-1" in text
    )
    assert f"curl -H 'X-Api-Key: {demo_environment.vendor_key}'" in text
