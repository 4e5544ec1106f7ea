"""A worker is killed (`kill -9`) in the middle of a job."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from proctor_results.database.connect import connect
from proctor_results.jobs import store as job_store
from proctor_results.jobs.store import LEASE_DURATION
from tests.support.installation import TIMEOUT_SECONDS, Installation
from tests.support.processes import Program
from tests.support.worker_fixtures import wait_until


def test_the_next_worker_runs_the_job_of_a_killed_one_when_its_lease_expires(
    installation: Installation, tmp_path: Path
) -> None:
    calls = tmp_path / "calls"
    with closing(connect(installation.database_url)) as database:
        job_store.enqueue(database, "made-up", "cancel", "exam-1", {}, datetime.now(UTC))
        killed = start_worker(installation, calls, ahead=0, end="wait")
        wait_until(calls.exists, TIMEOUT_SECONDS)
        killed.kill()
        (pending,) = job_store.list_pending(database, 10)
        assert pending.lease_token is not None

        ahead = 2 * LEASE_DURATION.total_seconds()
        start_worker(installation, calls, ahead=ahead, end="finish")
        wait_until(lambda: not job_store.list_pending(database, 10), TIMEOUT_SECONDS)

    assert calls.read_text().split() == ["wait", "finish"]


def start_worker(installation: Installation, calls: Path, *, ahead: float, end: str) -> Program:
    arguments = [installation.database_url, str(calls), str(ahead), end]
    mark = f"{installation.demo_environment.folder}/job-worker-{end}"
    program = Program(
        ["-m", "tests.faults.support.job_worker", *arguments],
        installation.demo_environment.environment_variables(),
        mark,
        Path(f"{mark}.log"),
    )
    program.start()
    return program
