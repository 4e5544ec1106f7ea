"""Load from wrk (on Debian: apt install wrk)."""

import json
import subprocess  # commands of our own
import tempfile
from pathlib import Path
from typing import Any

from bench.load.base import CONNECTIONS, RUN_NUMBERS, UNIQUE_NUMBER_PLACEHOLDER, LoadResult

SCRIPT = Path(__file__).with_name("wrk.lua")
THREADS = 2


class LoadError(Exception):
    """wrk failed; the message is its output."""


def send(
    requests: list[bytes], port: int, seconds: int, connections: int = CONNECTIONS
) -> LoadResult:
    """See `base.LoadGenerator`. Latencies are wrk's own."""
    with tempfile.NamedTemporaryFile() as request_file:
        request_file.write(b"\0".join(requests))
        request_file.flush()
        output = _run_wrk(port, seconds, connections, request_file.name)
    return LoadResult(
        seconds=output["microseconds"] / 1e6,
        sent=output["sent"],
        answered=output["answers"] - output["refused"],
        refused=output["refused"],
        broken=output["broken"],
        latencies={
            int(percent): microseconds / 1000
            for percent, microseconds in output["latencies"].items()
        },
    )


def _run_wrk(port: int, seconds: int, connections: int, request_file: str) -> dict[str, Any]:
    threads = min(THREADS, connections)
    load_options = [f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s"]
    script_arguments = [request_file, UNIQUE_NUMBER_PLACEHOLDER.decode(), str(next(RUN_NUMBERS))]
    command = [
        "wrk",
        *load_options,
        "-s",
        str(SCRIPT),
        f"http://127.0.0.1:{port}",
        "--",
        *script_arguments,
    ]
    completed = subprocess.run(
        command, capture_output=True, text=True, check=False
    )  # our own arguments
    if completed.returncode:
        raise LoadError(f"wrk: {completed.stderr or completed.stdout}")
    output: dict[str, Any] = json.loads(completed.stdout.splitlines()[-1])
    return output
