"""Jobs survive a killed worker, and are retried until the vendor has answered."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic, sleep

from proctor_results.dependencies import Dependencies
from proctor_results.formats.json_value import Json
from proctor_results.jobs import store as job_store
from proctor_results.jobs.job_threads import JobRunner
from proctor_results.jobs.run_jobs import claim_jobs, record_job_result, run_job
from proctor_results.jobs.store import LEASE_DURATION, LeasedJob
from proctor_results.metrics import gauges_store
from proctor_results.sessions import repository
from proctor_results.vendors.base import ParseResult, Vendor, WebhookRequest
from proctor_results.vendors.outbound import Done, Fetched, JobResult, NotReady, Rejected
from tests.support.reports import IDENTIFIER, NOW, SAMPLE
from tests.support.vendors import parse_body


def with_vendor(
    deps: Dependencies, runner: Callable[[Mapping[str, Json], datetime], JobResult]
) -> Dependencies:
    return replace(deps, vendors={"made-up": Vendor(name="made-up", job_kinds={"cancel": runner})})


def enqueue(deps: Dependencies, key: str = "exam-1", now: datetime = NOW) -> None:
    job_store.enqueue(deps.database, "made-up", "cancel", key, {"room": 7}, now)


def claim(deps: Dependencies, now: datetime = NOW) -> list[LeasedJob]:
    return claim_jobs(deps, 10, now)


def record(deps: Dependencies, job: LeasedJob, result: JobResult, now: datetime = NOW) -> bool:
    def unexpected(*_: object) -> None:
        raise AssertionError("nothing was fetched")

    return record_job_result(deps, job, result, now, 0.0, unexpected)


def test_a_job_is_claimed_once(deps: Dependencies) -> None:
    enqueue(deps)
    enqueue(deps)

    (job,) = claim(deps)

    assert (job.key, job.payload) == ("exam-1", {"room": 7})
    assert claim(deps) == []


def test_a_killed_workers_job_is_claimed_when_its_lease_expires(deps: Dependencies) -> None:
    enqueue(deps)
    (lost,) = claim(deps)

    (job,) = claim(deps, NOW + LEASE_DURATION)

    assert record(deps, lost, Done()) is False
    assert record(deps, job, Done()) is True
    assert claim(deps, NOW + timedelta(days=1)) == []


def test_a_vendor_that_is_not_ready_is_asked_again(deps: Dependencies) -> None:
    enqueue(deps)
    (job,) = claim(deps)

    record(deps, job, NotReady(detail="no result yet"))

    assert claim(deps, NOW + timedelta(seconds=4)) == []
    (again,) = claim(deps, NOW + timedelta(seconds=6))
    assert again.failure_count == 1


def test_a_rejected_job_waits_for_an_operator_after_three_attempts(deps: Dependencies) -> None:
    enqueue(deps)
    for hour in range(3):
        (job,) = claim(deps, NOW + timedelta(hours=hour))
        record(deps, job, Rejected(detail="unknown room"), NOW + timedelta(hours=hour))

    assert claim(deps, NOW + timedelta(days=2)) == []
    assert job_store.retry_all(deps.database, NOW) == 1
    assert len(claim(deps)) == 1


def test_a_vendor_is_called_in_no_transaction(deps: Dependencies) -> None:
    enqueue(deps)
    in_transaction: list[bool] = []

    def runner(payload: Mapping[str, Json], now: datetime) -> JobResult:
        in_transaction.append(deps.database.peewee_database.in_transaction())
        return Done(detail="cancelled")

    called = with_vendor(deps, runner)
    (job,) = claim(called)

    assert run_job(called, job, NOW) == Done(detail="cancelled")
    assert in_transaction == [False]


def test_what_was_fetched_is_recorded_before_the_job_is_done(deps: Dependencies) -> None:
    enqueue(deps)
    (job,) = claim(deps)
    pending_when_recorded: list[int] = []

    def record_fetched(*_: object) -> None:
        pending_when_recorded.append(len(job_store.list_pending(deps.database, 10)))

    record_job_result(deps, job, Fetched(body=b"{}"), NOW, 0.0, record_fetched)

    assert pending_when_recorded == [1]
    assert job_store.list_pending(deps.database, 10) == []


def test_a_finished_job_is_run_again_when_it_is_enqueued_again(deps: Dependencies) -> None:
    enqueue(deps)
    (job,) = claim(deps)
    record(deps, job, Done())

    enqueue(deps, now=NOW + timedelta(hours=1))

    assert len(claim(deps, NOW + timedelta(hours=1))) == 1


class MadeUpFetcher:
    """A fetcher of an invented vendor, whose answers have the fields of our reports."""

    def fetch(self, reference: str, now: datetime) -> Fetched:
        return Fetched(body=SAMPLE)

    def parse(self, request: WebhookRequest) -> ParseResult:
        return parse_body(request.body)


def test_the_worker_records_a_fetched_report_with_a_receipt(deps: Dependencies) -> None:
    deps = replace(deps, vendors={"made-up": Vendor(name="made-up", fetcher=MadeUpFetcher())})
    job_store.enqueue(deps.database, "made-up", "fetch", IDENTIFIER, {}, NOW)
    runner = JobRunner(deps, 1, lambda: NOW)

    wait_until(lambda: not runner.step(NOW))
    runner.shutdown()

    session = repository.get(deps.database, IDENTIFIER)
    assert session is not None
    assert session.vendor == "made-up"
    assert job_store.list_pending(deps.database, 10) == []


def wait_until(is_done: Callable[[], bool]) -> None:
    deadline = monotonic() + 30
    while not is_done():
        assert monotonic() < deadline
        sleep(0.01)


def test_a_job_in_flight_is_run_again_when_it_is_enqueued_again(deps: Dependencies) -> None:
    """The vendor may have answered before the reason for the second call."""
    enqueue(deps)
    (first,) = claim(deps)

    enqueue(deps)

    assert record(deps, first, Done()) is False
    assert len(claim(deps)) == 1


def test_pending_jobs_are_counted_by_vendor_and_state(deps: Dependencies) -> None:
    for key in ("done", "failed", "in flight", "waiting"):
        enqueue(deps, key, NOW + timedelta(seconds=len(key)))
    for job in claim(deps, NOW + timedelta(seconds=6)):
        if job.key == "done":
            record(deps, job, Done())
        else:
            job_store.postpone(deps.database, job, "unknown room", None)
    enqueue(deps, "in flight too", NOW)
    claim(deps)

    assert gauges_store.count_jobs(deps.database) == {
        ("made-up", "failed"): 1,
        ("made-up", "in_flight"): 1,
        ("made-up", "waiting"): 2,
    }
