"""Simultaneous posts, and a worker that works on after its lease has expired."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from proctor_results.database.statement import Statement
from proctor_results.deliveries.queue import LEASE_DURATION
from tests.faults.support.fake_lms import FakeLms
from tests.faults.support.reconcile import assert_reconciled
from tests.support.installation import TIMEOUT_SECONDS, Installation
from tests.support.reports import SAMPLE, accepted, body
from tests.support.worker_fixtures import wait_until

SESSION_COUNT = 8
SELECT_RESULTS = Statement("SELECT result FROM receipt ORDER BY result")


def test_of_identical_simultaneous_posts_one_is_applied(installation: Installation) -> None:
    installation.start_web()
    barrier = Barrier(16)

    def post(_: int) -> int:
        barrier.wait()
        return installation.post(SAMPLE)

    with ThreadPoolExecutor(16) as threads:
        statuses = set(threads.map(post, range(16)))

    assert statuses == {200}
    assert installation.query(SELECT_RESULTS) == [("applied",)] + [("duplicate",)] * 15


def test_a_worker_paused_beyond_its_lease_sends_nothing_outdated(
    installation: Installation, lms: FakeLms
) -> None:
    installation.start_web()
    for number in range(SESSION_COUNT):
        installation.post(body(identifier=f"exam-{number}"))
    paused_worker = installation.start_worker(
        "--kill-at", "between lease and send", "--signal", "SIGSTOP"
    )
    wait_until(lambda: paused_worker.is_stopped, TIMEOUT_SECONDS)

    for number in range(SESSION_COUNT):
        installation.post(accepted(identifier=f"exam-{number}"))
    installation.set_clock(ahead=LEASE_DURATION.total_seconds())
    installation.start_worker()
    assert_reconciled(installation, lms)

    paused_worker.resume()
    wait_until(
        lambda: paused_worker.log.read_text().count("delivery.attempt") == SESSION_COUNT,
        TIMEOUT_SECONDS,
    )
    assert_reconciled(installation, lms)
    assert len(lms.received) == SESSION_COUNT
