"""Runs the demo: start the processes, play the sessions, compare service and LMS."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

import click

from demo.api_client import find_differences, readiness_error, received_messages
from demo.disconnect import play_disconnect
from demo.environment import (
    FLASK_COMMAND,
    HOST,
    DemoEnvironment,
    create_environment,
    process_commands,
)
from demo.errors import DemoError
from demo.operators import OperatorAccount, add_operator
from demo.output import next_steps, sessions_table
from demo.processes import (
    Process,
    raise_if_ended,
    run_processes,
    run_to_completion,
    with_process_logs,
)
from demo.waiting import wait_until
from sandbox.expected_session import ExpectedSession
from sandbox.vendor.client import UnreachableError, count_posts, post_scenarios
from sandbox.vendor.scenarios import Scenario, build_scenarios
from sandbox.vendor.summary import conclusion_text


def main() -> int:
    """Return the exit code.

    On a terminal the processes run until Ctrl-C, else the demo ends them.
    """
    os.environ["no_proxy"] = (
        HOST  # the proxy of a network knows nothing of this machine's own addresses
    )
    try:
        with _temporary_folder() as folder:
            _run_demo(create_environment(folder))
    except DemoError as error:
        click.echo(f"\nThe demo failed: {error}", err=True)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    """Yield a folder for database and logs. It is kept only where the demo fails."""
    folder = Path(tempfile.mkdtemp(prefix="proctor-results-demo-"))
    try:
        yield folder
    except DemoError:
        raise
    except BaseException:
        shutil.rmtree(folder)
        raise
    shutil.rmtree(folder)


def _run_demo(demo_environment: DemoEnvironment) -> None:
    environment, run_id = demo_environment.environment_variables(), f"demo-{token_hex(2)}"
    click.echo("creating the database")
    run_to_completion(
        "upgrade", [*FLASK_COMMAND, "db", "upgrade"], environment, demo_environment.folder
    )
    with run_processes(
        process_commands(demo_environment), environment, demo_environment.folder
    ) as processes:
        wait_until(
            "starting web, worker and sandbox LMS",
            lambda: readiness_error(demo_environment),
            processes,
        )
        expected_sessions = _play_scenarios(demo_environment, run_id, processes)
        click.echo(
            "\n"
            + sessions_table(expected_sessions, received_messages(demo_environment)["sessions"])
        )
        if sys.stdout.isatty():
            _stay_until_interrupted(
                demo_environment,
                expected_sessions,
                processes,
                add_operator("demo", "reviewer", environment, demo_environment.folder),
            )
        click.echo("stopping")


def _play_scenarios(
    demo_environment: DemoEnvironment, run_id: str, processes: Sequence[Process]
) -> Sequence[ExpectedSession]:
    """Play all sessions and return how service and LMS must show them in the end."""
    scenarios_to_play = build_scenarios(datetime.now(UTC), run_id)
    _post_reports(demo_environment, scenarios_to_play, processes)
    wait_until(
        "waiting for deliveries to the LMS",
        lambda: find_differences(demo_environment, scenarios_to_play),
        processes,
    )
    expected_sessions = (*scenarios_to_play, *play_disconnect(demo_environment, run_id, processes))
    wait_until(
        "comparing all sessions again",
        lambda: find_differences(demo_environment, expected_sessions),
        processes,
    )
    return expected_sessions


def _post_reports(
    demo_environment: DemoEnvironment,
    scenarios_to_play: Sequence[Scenario],
    processes: Sequence[Process],
) -> None:
    url = f"{demo_environment.web_url}/webhooks/supervisor"
    try:
        with click.progressbar(
            length=count_posts(scenarios_to_play), label="posting reports"
        ) as progress:
            results = post_scenarios(
                scenarios_to_play,
                url,
                demo_environment.vendor_key,
                on_progress=lambda _: progress.update(1),
            )
    except UnreachableError as error:
        raise with_process_logs(error.message, processes) from error
    click.echo(conclusion_text(results))
    if any(result.status != 200 for result in results):
        raise DemoError("a report was not accepted\n" + processes[0].log_tail())


def _stay_until_interrupted(
    demo_environment: DemoEnvironment,
    expected_sessions: Sequence[ExpectedSession],
    processes: Sequence[Process],
    account: OperatorAccount,
) -> None:
    click.echo(next_steps(demo_environment, expected_sessions, account))
    with suppress(KeyboardInterrupt):
        while True:
            raise_if_ended(processes)
            time.sleep(1)


if __name__ == "__main__":
    sys.exit(main())
