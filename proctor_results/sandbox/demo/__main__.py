"""The demo's story: start everything, play, see that the LMS ends up knowing what the service knows."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

import click

from proctor_results.sandbox.answers import conclusion
from proctor_results.sandbox.demo.asking import differences, not_ready, told
from proctor_results.sandbox.demo.cut_off import cut_off
from proctor_results.sandbox.demo.faults import DemoError
from proctor_results.sandbox.demo.operators import Account, add_operator
from proctor_results.sandbox.demo.premises import FLASK, HOST, Premises, commands, prepare
from proctor_results.sandbox.demo.processes import Process, blamed, check, complete, running
from proctor_results.sandbox.demo.screen import invitation, what_was_told
from proctor_results.sandbox.demo.waiting import wait_until
from proctor_results.sandbox.expected import Expected
from proctor_results.sandbox.scenarios import Scenario, scenarios
from proctor_results.sandbox.vendor import UnreachableError, count, play


def main() -> int:
    """The exit code. On a terminal everything stays up until Ctrl-C, elsewhere it ends by itself."""
    os.environ["no_proxy"] = HOST  # the proxy of a network knows nothing of this machine's own addresses
    try:
        with _folder() as folder:
            _demo(prepare(folder))
    except DemoError as error:
        click.echo(f"\nThe demo failed: {error}", err=True)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder for database and logs; it outlives only a failure, which its logs explain."""
    folder = Path(tempfile.mkdtemp(prefix="proctor-results-demo-"))
    try:
        yield folder
    except DemoError:
        raise
    except BaseException:
        shutil.rmtree(folder)
        raise
    shutil.rmtree(folder)


def _demo(premises: Premises) -> None:
    environment, run = premises.environment(), f"demo-{token_hex(2)}"
    click.echo("creating the database")
    complete("upgrade", [*FLASK, "db", "upgrade"], environment, premises.folder)
    with running(commands(premises), environment, premises.folder) as processes:
        wait_until("starting web, worker and sandbox LMS", lambda: not_ready(premises), processes)
        played = _play(premises, run, processes)
        click.echo("\n" + what_was_told(played, told(premises)["sessions"]))
        if sys.stdout.isatty():
            _stay(premises, played, processes, add_operator("demo", "reviewer", environment, premises.folder))
        click.echo("stopping")


def _play(premises: Premises, run: str, processes: Sequence[Process]) -> Sequence[Expected]:
    """Everything that is played, as service and LMS know it in the end."""
    days = scenarios(datetime.now(UTC), run)
    _post(premises, days, processes)
    wait_until("waiting for the LMS to be told", lambda: differences(premises, days), processes)
    played = (*days, *cut_off(premises, run, processes))
    wait_until("comparing everything once more", lambda: differences(premises, played), processes)
    return played


def _post(premises: Premises, days: Sequence[Scenario], processes: Sequence[Process]) -> None:
    url = f"{premises.web}/webhooks/supervisor"
    try:
        with click.progressbar(length=count(days), label="posting reports") as bar:
            answers = play(days, url, premises.vendor_key, on_progress=lambda _: bar.update(1))
    except UnreachableError as error:
        raise blamed(error.message, processes) from error
    click.echo(conclusion(answers))
    if any(answer.status != 200 for answer in answers):
        raise DemoError("a report was not taken\n" + processes[0].tail())


def _stay(premises: Premises, played: Sequence[Expected], processes: Sequence[Process], account: Account) -> None:
    click.echo(invitation(premises, played, account))
    with suppress(KeyboardInterrupt):
        while True:
            check(processes)
            time.sleep(1)


if __name__ == "__main__":
    sys.exit(main())
