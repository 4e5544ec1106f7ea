"""Load from wrk (on Debian: apt install wrk)."""

import json
import subprocess  # noqa: S404  # commands of our own
import tempfile
from pathlib import Path
from typing import Any

from bench.load.plan import CONNECTIONS, MARK, RUNS, Run

SCRIPT = Path(__file__).with_name("wrk.lua")
THREADS = 2


class LoadError(Exception):
    """wrk did not do what it was asked; the message is what it said."""


def send(requests: list[bytes], port: int, seconds: int, connections: int = CONNECTIONS) -> Run:
    """See `plan.Load`. Latencies are wrk's own."""
    with tempfile.NamedTemporaryFile() as prepared:
        prepared.write(b"\0".join(requests))
        prepared.flush()
        said = _run(port, seconds, connections, prepared.name)
    return Run(
        seconds=said["microseconds"] / 1e6,
        sent=said["sent"],
        answered=said["answers"] - said["refused"],
        refused=said["refused"],
        broken=said["broken"],
        latencies={int(percent): microseconds / 1000 for percent, microseconds in said["latencies"].items()},
    )


def _run(port: int, seconds: int, connections: int, prepared: str) -> dict[str, Any]:
    threads = min(THREADS, connections)
    sizes = [f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s"]
    told = [prepared, MARK.decode(), str(next(RUNS))]
    command = ["wrk", *sizes, "-s", str(SCRIPT), f"http://127.0.0.1:{port}", "--", *told]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own arguments
    if done.returncode:
        raise LoadError(f"wrk: {done.stderr or done.stdout}")
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said
