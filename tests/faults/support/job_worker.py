"""Runs a worker for a made-up vendor whose jobs write to a file, and wait where asked to.

`python -m tests.faults.support.job_worker <database URL> <file> <seconds ahead> wait|finish`
"""

import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from proctor_results.database.connect import connect
from proctor_results.dependencies import Dependencies
from proctor_results.formats.json_value import Json
from proctor_results.policies.load import default_policy
from proctor_results.vendors.base import Vendor
from proctor_results.vendors.outbound import Done
from proctor_results.worker.loop import Worker


def main(url: str, file: str, ahead: str, end: str) -> None:
    """Run until killed."""

    def run_job(payload: Mapping[str, Json], now: datetime) -> Done:
        with Path(file).open("a") as calls:
            calls.write(f"{end}\n")
        if end == "wait":
            time.sleep(600)
        return Done()

    vendors = {"made-up": Vendor(name="made-up", job_kinds={"cancel": run_job})}
    deps = Dependencies(database=connect(url), policy=default_policy(), vendors=vendors)
    Worker(deps, end, 1, lambda: datetime.now(UTC) + timedelta(seconds=float(ahead))).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
