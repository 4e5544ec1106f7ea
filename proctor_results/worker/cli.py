"""The `worker` command: the process that notifies the LMS."""

import os
import signal
import socket

import click

from proctor_results import clock
from proctor_results.dependencies import Dependencies
from proctor_results.worker.loop import Worker


def worker_command(deps: Dependencies, threads: int) -> click.Command:
    @click.command("worker")
    def command() -> None:
        """Run the delivery worker until it is stopped (SIGTERM, Ctrl-C)."""
        worker = Worker(deps, f"{socket.gethostname()}.{os.getpid()}", threads, clock.now)
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signal_number, lambda *_: worker.stop())
        worker.run()

    return command
