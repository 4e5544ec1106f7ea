"""Plays one learner who is disconnected during an exam, and a classmate who is not."""

from collections.abc import Sequence

import click

from demo.assertions import DisconnectCheck
from demo.environment import GRACE_SECONDS, HEARTBEAT_SECONDS, DemoEnvironment
from demo.processes import Process, with_process_logs
from demo.waiting import DEFAULT_TIMEOUT_SECONDS
from sandbox.exam_page import (
    RequestFailedError,
    SimulatedExamPage,
    heartbeat_loop,
    launch_session,
)
from sandbox.expected_session import ExpectedSession

DISCONNECTED = ("disconnected",)
SILENCE_SECONDS = HEARTBEAT_SECONDS + GRACE_SECONDS + 1
"""Longer than any page may be silent."""


def play_disconnect(
    demo_environment: DemoEnvironment,
    run_id: str,
    processes: Sequence[Process],
    *,
    silence_seconds: float = SILENCE_SECONDS,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
) -> tuple[ExpectedSession, ...]:
    """Play both sessions and return how they must end.

    `timeout_seconds` is for each step. Raises DemoError.
    """
    learner = _expected_session(
        run_id, "disconnected", "disconnected, locked; launched again, open"
    )
    classmate = _expected_session(run_id, "classmate", "sends heartbeats throughout: never locked")
    click.echo("disconnecting one learner, while a classmate stays connected")
    try:
        classmate_page = _launch(demo_environment, classmate)
        with heartbeat_loop(classmate_page) as classmate_log:
            check = DisconnectCheck(
                demo_environment=demo_environment,
                processes=processes,
                learner=learner,
                classmate=classmate,
                classmate_log=classmate_log,
                timeout_seconds=timeout_seconds,
            )
            _play_learner(check, silence_seconds)
        classmate_page.send_stop()
    except RequestFailedError as error:
        raise with_process_logs(str(error), processes) from error
    return learner, classmate


def _expected_session(run_id: str, name: str, description: str) -> ExpectedSession:
    return ExpectedSession(
        name=name,
        description=description,
        identifier=f"{run_id}-{name}",
        outcome="pending",
        locked=False,
    )


def _launch(demo_environment: DemoEnvironment, expected: ExpectedSession) -> SimulatedExamPage:
    return launch_session(
        demo_environment.web_url,
        demo_environment.lms_key,
        expected.identifier,
        f"learner-{expected.name}",
    )


def _play_learner(check: DisconnectCheck, silence_seconds: float) -> None:
    exam_page = _launch(check.demo_environment, check.learner)
    check.wait_for_state("launched by the LMS")
    with heartbeat_loop(exam_page) as heartbeat_log:
        check.wait_for_state("the page sends heartbeats", heartbeat_log=heartbeat_log)
    check.wait_for_state("its connection is cut", DISCONNECTED)
    with heartbeat_loop(exam_page) as heartbeat_log:
        check.wait_for_state("the old page reconnects", DISCONNECTED, heartbeat_log=heartbeat_log)
    exam_page = _launch(check.demo_environment, check.learner)
    check.wait_for_state("launched again by the LMS", DISCONNECTED)
    with heartbeat_loop(exam_page) as heartbeat_log:
        check.wait_for_state("the new page sends heartbeats", heartbeat_log=heartbeat_log)
    exam_page.send_stop()
    check.wait_for_state("it stops regularly", not_before_seconds=silence_seconds)
