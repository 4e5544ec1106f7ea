"""Worker and web asked to end (SIGTERM) in the middle of their work."""

from proctor_results.database.statement import Statement
from tests.faults.support.fake_lms import FakeLms
from tests.faults.support.reconcile import assert_reconciled
from tests.support.installation import PATIENCE, Site
from tests.support.posting import posting
from tests.support.reports import rejected
from tests.support.worker_fixtures import until

COUNT_LEASED = Statement("SELECT COUNT(*) FROM delivery WHERE lease_token IS NOT NULL")
SHUTDOWN_TIMEOUT_SECONDS = 25


def test_a_worker_stopped_mid_batch_finishes_what_is_in_flight_and_leaves_the_rest(
    installation: Site, lms: FakeLms
) -> None:
    installation.web()
    for number in range(50):
        installation.post(rejected(identifier=f"exam-{number}"))
    lms.delay = 1
    worker = installation.worker()
    until(lambda: len(lms.received) > 10, PATIENCE)

    worker.ask_to_end()
    assert worker.wait(SHUTDOWN_TIMEOUT_SECONDS) == 0
    assert 10 < len(lms.received) < 100
    assert installation.ask(COUNT_LEASED) == [(0,)]

    lms.delay = 0
    installation.worker()
    assert_reconciled(installation, lms)
    assert len(lms.received) == 100


def test_web_stops_in_time_and_keeps_everything_it_acknowledged(
    installation: Site, lms: FakeLms
) -> None:
    web = installation.web()
    with posting(installation.post):
        until(lambda: len(installation.accepted) > 20, PATIENCE)
        web.ask_to_end()
        assert web.wait(SHUTDOWN_TIMEOUT_SECONDS) == 0

    installation.web()
    installation.worker()
    assert_reconciled(installation, lms)
    assert installation.statuses() == {200}
