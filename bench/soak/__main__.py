"""Soaks an installation:

`python -m bench.soak`, or `make soak` with MINUTES, DATABASE, SEED and FAULT.
"""

import asyncio
import secrets
import shutil
import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import click

from bench.soak.faults import FAULTS
from bench.soak.installation import run_installation
from bench.soak.plan import Plan
from bench.soak.run import SoakResult, run_soak

DATABASES = ("sqlite", "postgresql")
FAULTS_SHOWN = 20


@click.command()
@click.option(
    "--minutes",
    envvar="MINUTES",
    default=10.0,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
)
@click.option(
    "--database", "databases", envvar="DATABASE", multiple=True, type=click.Choice(DATABASES)
)
@click.option(
    "--seed", envvar="SEED", type=int, help="The same faults again as in the run with this seed."
)
@click.option("--webhooks", envvar="WEBHOOKS", default=50.0, show_default=True, help="A second.")
@click.option(
    "--heartbeats", envvar="HEARTBEATS", default=500.0, show_default=True, help="A second."
)
@click.option(
    "--fault",
    "fault_names",
    envvar="FAULT",
    multiple=True,
    type=click.Choice(list(FAULTS)),
    help="Only such.",
)
def main(
    minutes: float,
    databases: tuple[str, ...],
    seed: int | None,
    webhooks: float,
    heartbeats: float,
    fault_names: tuple[str],
) -> None:
    """Soak an installation on each database, or those named, then compare the three sides.

    Exits with 1 where anything was lost, invented or out of order, or a process has grown.
    """
    signal.signal(signal.SIGTERM, _exit_on_signal)
    plan = Plan(
        database=DATABASES[0],
        seconds=minutes * 60,
        seed=secrets.randbelow(1_000_000) if seed is None else seed,
        webhooks=webhooks,
        heartbeats=heartbeats,
        fault_names=fault_names,
    )
    results = [_run_soak(replace(plan, database=database)) for database in databases or DATABASES]
    sys.exit(0 if all(results) else 1)


def _exit_on_signal(number: int, _: object) -> None:
    """Turn a signal into an exit, so that nothing is left running."""
    raise SystemExit(128 + number)


def _run_soak(plan: Plan) -> bool:
    folder = Path(tempfile.mkdtemp(prefix="proctor-results-soak-"))
    _print(
        f"soaking on {plan.database} for {plan.seconds / 60:g} minutes, {plan.webhooks:g} webhooks "
        "and "
        f"{plan.heartbeats:g} heartbeats a second; the same faults again with SEED={plan.seed}"
    )
    try:
        with run_installation(plan.database, folder, plan.heartbeat_config) as soak_installation:
            result = asyncio.run(run_soak(plan, soak_installation, _print))
    except BaseException:
        _print(f"the soak itself was cut short; logs and database are in {folder}")
        raise
    _print_result(result, folder)
    return result.passed


def _print_result(result: SoakResult, folder: Path) -> None:
    """Print the result; its summary comes last. The folder of a failed run is kept."""
    _print(
        "",
        result.reconciliation.table,
        "",
        *(process_memory.summary for process_memory in result.running_processes),
    )
    _print(f"receipts verify: {', '.join(result.verify_output.splitlines())}")
    _print(
        f"{result.fault_count} faults; {result.resent_count} messages failed, and were sent again "
        "by an operator"
    )
    if result.passed:
        shutil.rmtree(folder)
    else:
        (folder / "faults.txt").write_text("\n".join(result.reconciliation.faults))
        _print(
            *result.reconciliation.faults[:FAULTS_SHOWN],
            *(f"has grown: {process_memory.summary}" for process_memory in result.grown_processes),
        )
        _print(f"all of it, the logs and the database are in {folder}")
    _print(result.reconciliation.summary)


def _print(*lines: str) -> None:
    print("\n".join(lines), flush=True)


if __name__ == "__main__":
    main()
