"""Two who want the same at the same time, or believe that it is still theirs."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from proctor_results.store.deliveries import LEASE
from proctor_results.store.statement import Statement
from tests.faults.lms import Lms
from tests.faults.reckoning import reckon
from tests.reports import SAMPLE, accepted, body
from tests.sites import PATIENCE, Site
from tests.workplace import until

AT_ONCE = 8
VERDICTS = Statement("SELECT verdict FROM receipt ORDER BY verdict")


def test_of_identical_simultaneous_posts_one_is_applied(site: Site) -> None:
    site.web()
    ready = Barrier(16)

    def post(_: int) -> int:
        ready.wait()
        return site.post(SAMPLE)

    with ThreadPoolExecutor(16) as threads:
        statuses = set(threads.map(post, range(16)))

    assert statuses == {200}
    assert site.ask(VERDICTS) == [("applied",)] + [("duplicate",)] * 15


def test_a_worker_that_stood_still_beyond_its_lease_tells_nothing_old(site: Site, lms: Lms) -> None:
    site.web()
    for number in range(AT_ONCE):
        site.post(body(identifier=f"exam-{number}"))
    sleeper = site.worker("--at", "between claim and send", "--signal", "SIGSTOP")
    until(lambda: sleeper.stands_still, PATIENCE)

    for number in range(AT_ONCE):
        site.post(accepted(identifier=f"exam-{number}"))
    site.set_clock(ahead=LEASE.total_seconds())
    site.worker()
    reckon(site, lms)

    sleeper.go_on()
    until(lambda: sleeper.log.read_text().count("delivery.attempt") == AT_ONCE, PATIENCE)
    reckon(site, lms)
    assert len(lms.heard) == AT_ONCE
