"""`worker`: the process that tells the LMS."""

import os
import signal
import socket

import click

from proctor_results import clock
from proctor_results.flows.house import House
from proctor_results.worker import Worker


def worker(house: House, threads: int) -> click.Command:
    @click.command("worker")
    def command() -> None:
        """Tell the LMS what it should know, until asked to stop (SIGTERM, Ctrl-C)."""
        working = Worker(house, f"{socket.gethostname()}.{os.getpid()}", threads, clock.now)
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: working.stop())
        working.run()

    return command
