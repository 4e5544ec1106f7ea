"""Two who want the same at the same time, or believe that it is still theirs."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from proctor_results.store.statement import Statement
from tests.reports import SAMPLE
from tests.sites import Site

VERDICTS = Statement("SELECT verdict FROM receipt ORDER BY verdict")


def test_of_identical_simultaneous_posts_one_is_applied(site: Site) -> None:
    site.web()
    ready = Barrier(16)

    def post(_: int) -> int:
        ready.wait()
        return site.post(SAMPLE).status_code

    with ThreadPoolExecutor(16) as threads:
        statuses = set(threads.map(post, range(16)))

    assert statuses == {200}
    assert site.ask(VERDICTS) == [("applied",)] + [("duplicate",)] * 15
