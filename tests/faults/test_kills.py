"""Web and worker are killed (`kill -9`): at each point of their work, and at random times."""

import signal
import time
from functools import partial
from random import Random

from proctor_results.deliveries.queue import LEASE_DURATION
from tests.faults.support.fake_lms import FakeLms
from tests.faults.support.kill_points import WEB_POINTS, WORKER_POINTS
from tests.faults.support.reconcile import assert_reconciled
from tests.faults.support.rounds import ROUNDS
from tests.support.installation import TIMEOUT_SECONDS, Installation
from tests.support.posting import post_continuously, random_report
from tests.support.processes import Program
from tests.support.worker_fixtures import wait_until


def test_at_whichever_point_a_worker_is_killed_the_next_one_takes_over(
    installation: Installation, lms: FakeLms
) -> None:
    installation.start_web()
    for number, point in enumerate([*WORKER_POINTS] * ROUNDS):
        post_reports(installation, f"{number}-{point.replace(' ', '-')}")
        killed = installation.start_worker("--kill-at", point)
        assert killed.wait(TIMEOUT_SECONDS) == -signal.SIGKILL
        post_reports(installation, f"{number}-{point.replace(' ', '-')}")
        installation.set_clock(ahead=(number + 1) * LEASE_DURATION.total_seconds())

    installation.start_worker()
    assert_reconciled(installation, lms)


def test_acknowledged_reports_survive_a_kill_of_web_at_any_point(
    installation: Installation, lms: FakeLms
) -> None:
    installation.start_worker()
    with post_continuously(installation.post):
        for point in WEB_POINTS:
            killed = installation.start_web("--kill-at", point, "--occurrence", "8")
            wait_until(partial(was_killed, killed, 1 + ROUNDS), TIMEOUT_SECONDS * ROUNDS)
            killed.kill()

    installation.start_web()
    assert_reconciled(installation, lms)


def test_killing_both_at_random_times_loses_nothing(
    installation: Installation, lms: FakeLms
) -> None:
    lms.delay = 0.1  # so that there is always a delivery in flight
    worker, web = installation.start_worker(), installation.start_web()
    with post_continuously(installation.post):
        for pause in pause_lengths():
            for program in (worker, web):
                time.sleep(pause)
                program.kill()
                program.start()

    installation.set_clock(ahead=LEASE_DURATION.total_seconds())
    assert_reconciled(installation, lms)
    assert installation.statuses() == {200}


def post_reports(installation: Installation, name: str) -> None:
    """Post about more sessions than one lease takes."""
    answer_count = str(len(installation.responses))
    random = Random(answer_count)  # noqa: S311  # no secret
    for number in range(12):
        assert installation.post(random_report(random, f"{name}-{number}", answer_count)) == 200


def was_killed(web: Program, times: int) -> bool:
    """Whether gunicorn has replaced that many processes."""
    return web.log.read_text().count("was sent SIGKILL") >= times


def pause_lengths() -> list[float]:
    """Return random pauses, the same in every run."""
    random = Random(9)  # noqa: S311  # no secret
    return [random.uniform(0.3, 1.5) for _ in range(2 * ROUNDS)]
