"""Worker and web receive SIGTERM in the middle of their work."""

from proctor_results.database.statement import Statement
from tests.faults.support.fake_lms import FakeLms
from tests.faults.support.reconcile import assert_reconciled
from tests.support.installation import TIMEOUT_SECONDS, Installation
from tests.support.posting import post_continuously
from tests.support.reports import rejected
from tests.support.worker_fixtures import wait_until

COUNT_LEASED = Statement("SELECT COUNT(*) FROM delivery WHERE lease_token IS NOT NULL")
SHUTDOWN_TIMEOUT_SECONDS = 25


def test_a_worker_stopped_mid_batch_finishes_what_is_in_flight_and_leaves_the_rest(
    installation: Installation, lms: FakeLms
) -> None:
    installation.start_web()
    for number in range(50):
        installation.post(rejected(identifier=f"exam-{number}"))
    lms.delay = 1
    worker = installation.start_worker()
    wait_until(lambda: len(lms.received) > 10, TIMEOUT_SECONDS)

    worker.terminate()
    assert worker.wait(SHUTDOWN_TIMEOUT_SECONDS) == 0
    assert 10 < len(lms.received) < 100
    assert installation.query(COUNT_LEASED) == [(0,)]

    lms.delay = 0
    installation.start_worker()
    assert_reconciled(installation, lms)
    assert len(lms.received) == 100


def test_web_stops_in_time_and_keeps_everything_it_acknowledged(
    installation: Installation, lms: FakeLms
) -> None:
    web = installation.start_web()
    with post_continuously(installation.post):
        wait_until(lambda: len(installation.accepted_bodies) > 20, TIMEOUT_SECONDS)
        web.terminate()
        assert web.wait(SHUTDOWN_TIMEOUT_SECONDS) == 0

    installation.start_web()
    installation.start_worker()
    assert_reconciled(installation, lms)
    assert installation.statuses() == {200}
