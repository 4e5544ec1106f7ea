"""The demo's disconnected learner: no step passes unless service, LMS and pages agree."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from demo.disconnect import play_disconnect
from demo.environment import DemoEnvironment, create_environment
from demo.errors import DemoError
from sandbox.expected_session import ExpectedSession
from tests.support import fake_service as faulty
from tests.support.fake_service import FakeService


@pytest.fixture
def demo_environment(fake_service: FakeService, tmp_path: Path) -> DemoEnvironment:
    """A demo whose service and LMS are both the fake service."""
    port = urlsplit(fake_service.url).port
    assert port
    return replace(create_environment(tmp_path), web_port=port, lms_port=port, lms_key="lms-key")


def run_disconnect(
    demo_environment: DemoEnvironment, timeout_seconds: float = 30
) -> tuple[ExpectedSession, ...]:
    return play_disconnect(
        demo_environment, "run-1", (), silence_seconds=1, timeout_seconds=timeout_seconds
    )


def test_each_step_prints_the_state_in_the_lms(
    demo_environment: DemoEnvironment, capsys: pytest.CaptureFixture[str]
) -> None:
    run_disconnect(demo_environment)
    _, *lines = capsys.readouterr().out.splitlines()
    assert [(line.partition(" ...")[0].strip(), line.partition("LMS: ")[2]) for line in lines] == [
        ("launched by the LMS", "pending, open"),
        ("the page sends heartbeats", "pending, open"),
        ("its connection is cut", "pending, locked: disconnected"),
        ("the old page reconnects", "pending, locked: disconnected"),
        ("launched again by the LMS", "pending, locked: disconnected"),
        ("the new page sends heartbeats", "pending, open"),
        ("it stops regularly", "pending, open"),
    ]


def test_in_the_end_both_exams_are_open_and_both_pages_have_sent_stop(
    demo_environment: DemoEnvironment, fake_service: FakeService
) -> None:
    expected_sessions = run_disconnect(demo_environment)
    assert [
        (expected.identifier, expected.outcome, expected.locked) for expected in expected_sessions
    ] == [
        ("run-1-disconnected", "pending", False),
        ("run-1-classmate", "pending", False),
    ]
    assert [heartbeat["token"] for heartbeat in fake_service.heartbeats if heartbeat["stop"]] == [
        "2",
        "1",
    ]


FAULT_MESSAGES = {
    faulty.REFUSES_LAUNCHES: "/sessions answers 422 no launches here",
    faulty.NEVER_LOCKS: (
        "disconnected: the service says pending, open where pending, locked is expected"
    ),
    faulty.UNLOCKS_FOR_OLD_LAUNCH: (
        "disconnected: its page received pending, open "
        "where pending, locked: disconnected is expected"
    ),
    faulty.LOCKS_OTHERS: (
        "classmate: its page received pending, locked: disconnected where pending, open is expected"
    ),
    faulty.IGNORES_STOPS: (
        "disconnected: the service says pending, locked where pending, open is expected"
    ),
    faulty.SENDS_NOTHING_TO_LMS: (
        "disconnected: the LMS received pending, open where the service says pending, locked"
    ),
    faulty.SENDS_WRONG_HOLD_TO_LMS: (
        "disconnected: the LMS holds pending, locked: manual "
        "where pending, locked: disconnected is expected"
    ),
}


@pytest.mark.parametrize(("fault", "message"), FAULT_MESSAGES.items(), ids=FAULT_MESSAGES.keys())
def test_a_fault_ends_the_demo_with_a_message(
    demo_environment: DemoEnvironment, fake_service: FakeService, fault: str, message: str
) -> None:
    fake_service.fault = fault
    with pytest.raises(DemoError) as caught:
        run_disconnect(demo_environment, timeout_seconds=2)
    assert message in str(caught.value)
