"""Worker and web asked to end (SIGTERM) in the middle of their work."""

from proctor_results.store.statement import Statement
from tests.faults.lms import Lms
from tests.faults.reckoning import reckon
from tests.posting import posting
from tests.reports import rejected
from tests.sites import PATIENCE, Site
from tests.workplace import until

LEASED = Statement("SELECT COUNT(*) FROM delivery WHERE lease IS NOT NULL")
STOP_WITHIN = 25


def test_in_the_middle_of_100_deliveries_what_is_in_the_air_lands_and_the_rest_waits_for_the_next(
    site: Site, lms: Lms
) -> None:
    site.web()
    for number in range(50):
        site.post(rejected(identifier=f"exam-{number}"))
    lms.delay = 1
    worker = site.worker()
    until(lambda: len(lms.heard) > 10, PATIENCE)

    worker.ask_to_end()
    assert worker.wait(STOP_WITHIN) == 0
    assert 10 < len(lms.heard) < 100
    assert site.ask(LEASED) == [(0,)]

    lms.delay = 0
    site.worker()
    reckon(site, lms)
    assert len(lms.heard) == 100


def test_web_ends_in_time_and_keeps_all_that_it_has_answered(site: Site, lms: Lms) -> None:
    web = site.web()
    with posting(site.post):
        until(lambda: len(site.accepted) > 20, PATIENCE)
        web.ask_to_end()
        assert web.wait(STOP_WITHIN) == 0

    site.web()
    site.worker()
    reckon(site, lms)
    assert site.statuses() == {200}
