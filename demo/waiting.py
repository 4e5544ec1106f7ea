"""Waits for a state that other processes bring about."""

import time
from collections.abc import Callable, Sequence

import click

from demo.processes import Process, raise_if_ended, with_process_logs

DEFAULT_TIMEOUT_SECONDS = 30
POLL_INTERVAL_SECONDS = 0.2


def wait_until(
    label: str,
    missing_text: Callable[[], str],
    processes: Sequence[Process],
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    result_text: Callable[[], str] = lambda: "",
) -> None:
    """Wait until `missing_text` is empty. Raises DemoError on timeout, or when a process ends.

    `result_text` ends the printed line.
    """
    click.echo(f"{label} ...", nl=False)
    started = time.monotonic()
    while still_missing := missing_text():
        raise_if_ended(processes)
        if time.monotonic() - started > timeout_seconds:
            raise with_process_logs(f"not within {timeout_seconds:g} s: {still_missing}", processes)
        time.sleep(POLL_INTERVAL_SECONDS)
    click.echo(f" {time.monotonic() - started:.1f} s  {result_text()}".rstrip())
