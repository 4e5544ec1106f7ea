"""Waits for something that other processes bring about."""

import time
from collections.abc import Callable, Sequence

import click

from proctor_results.sandbox.demo.processes import Process, blamed, check

SECONDS = 30
PAUSE = 0.2


def wait_until(
    what: str,
    missing: Callable[[], str],
    processes: Sequence[Process],
    seconds: float = SECONDS,
    then: Callable[[], str] = lambda: "",
) -> None:
    """Asks what is still missing until that is nothing. Raises DemoError when a process ends or the time is over.

    `then` is asked once nothing is missing, and what it answers ends the line.
    """
    click.echo(f"{what} ...", nl=False)
    begin = time.monotonic()
    while gap := missing():
        check(processes)
        if time.monotonic() - begin > seconds:
            raise blamed(f"not within {seconds:g} s: {gap}", processes)
        time.sleep(PAUSE)
    click.echo(f" {time.monotonic() - begin:.1f} s  {then()}".rstrip())
