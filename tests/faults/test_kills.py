"""Web and worker killed (`kill -9`): at each point where something hangs in the air, and at any moment."""

import signal
import time
from functools import partial
from random import Random

from proctor_results.store.deliveries import LEASE
from tests.faults.effort import ROUNDS
from tests.faults.lms import Lms
from tests.faults.points import WEB, WORKER
from tests.faults.reckoning import reckon
from tests.posting import posting, report
from tests.processes import Program
from tests.sites import PATIENCE, Site
from tests.workplace import until


def test_whichever_point_a_worker_dies_at_the_next_one_takes_over(site: Site, lms: Lms) -> None:
    site.web()
    for number, point in enumerate([*WORKER] * ROUNDS):
        post_about(site, f"{number}-{point.replace(' ', '-')}")
        doomed = site.worker("--at", point)
        assert doomed.wait(PATIENCE) == -signal.SIGKILL
        post_about(site, f"{number}-{point.replace(' ', '-')}")
        site.set_clock(ahead=(number + 1) * LEASE.total_seconds())

    site.worker()
    reckon(site, lms)


def test_whichever_point_web_dies_at_what_it_answered_is_kept(site: Site, lms: Lms) -> None:
    site.worker()
    with posting(site.post):
        for point in WEB:
            doomed = site.web("--at", point, "--passage", "8")
            until(partial(has_died, doomed, 1 + ROUNDS), PATIENCE * ROUNDS)
            doomed.kill()

    site.web()
    reckon(site, lms)


def test_at_whatever_moment_both_are_killed_nothing_is_lost(site: Site, lms: Lms) -> None:
    lms.delay = 0.1  # so that there is always something in the air
    worker, web = site.worker(), site.web()
    with posting(site.post):
        for pause in moments():
            for program in (worker, web):
                time.sleep(pause)
                program.kill()
                program.start()

    site.set_clock(ahead=LEASE.total_seconds())
    reckon(site, lms)
    assert site.statuses() == {200}


def post_about(site: Site, name: str) -> None:
    """About more sessions than one claim takes."""
    so_far = str(len(site.answers))
    random = Random(so_far)  # noqa: S311  # no secret
    for number in range(12):
        assert site.post(report(random, f"{name}-{number}", so_far)) == 200


def has_died(web: Program, often: int) -> bool:
    """Whether gunicorn has had to replace so many processes."""
    return web.log.read_text().count("was sent SIGKILL") >= often


def moments() -> list[float]:
    """Pauses as they come, the same in every run."""
    random = Random(9)  # noqa: S311  # no secret
    return [random.uniform(0.3, 1.5) for _ in range(2 * ROUNDS)]
