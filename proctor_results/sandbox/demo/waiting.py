"""Waits for something that other processes bring about."""

import time
from collections.abc import Callable, Sequence

import click

from proctor_results.sandbox.demo.faults import DemoError
from proctor_results.sandbox.demo.processes import Process, check

SECONDS = 30
PAUSE = 0.2


def wait_until(what: str, missing: Callable[[], str], processes: Sequence[Process], seconds: float = SECONDS) -> None:
    """Asks what is still missing until that is nothing. Raises DemoError when a process ends or the time is over."""
    click.echo(f"{what} ...", nl=False)
    begin = time.monotonic()
    while gap := missing():
        check(processes)
        if time.monotonic() - begin > seconds:
            raise DemoError("\n".join([f"not within {seconds} s: {gap}", *(process.tail() for process in processes)]))
        time.sleep(PAUSE)
    click.echo(f" {time.monotonic() - begin:.1f} s")
